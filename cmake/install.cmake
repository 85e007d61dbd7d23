# What `make install` installs, and the package that find_package(brenier) finds.
#
#   bin/brenier                          the command
#   include/brenier/<room>/**.h          headers; both "runtime/x.h" and <brenier/runtime/x.h> work
#   lib/libbrenier_<room>.a              one library a room
#   lib/libbrenier_ops.so                torch.ops.brenier for Python and TorchScript
#   lib/cmake/brenier/                   the package: brenier::core, brenier::runtime, ... as components
#   share/brenier/configs/               the shipped configs with their schemas
include(CMakePackageConfigHelpers)

set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/brenier")
get_property(rooms GLOBAL PROPERTY BRENIER_ROOMS)
set(installed_rooms "")
set(room_depends "")
foreach(room IN LISTS rooms)
  if(room STREQUAL "apps")
    continue()  # the command is what one installs of it
  endif()
  list(APPEND installed_rooms ${room})
  get_property(depends GLOBAL PROPERTY BRENIER_DEPENDS_${room})
  string(APPEND room_depends "set(brenier_${room}_depends ${depends})\n")
  install(TARGETS brenier_${room} EXPORT brenier_${room}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(EXPORT brenier_${room} NAMESPACE brenier:: FILE brenier-${room}.cmake DESTINATION "${package_folder}")
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${room}/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/brenier/${room}"
    FILES_MATCHING PATTERN "*.h")
endforeach()

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/brenierConfig.cmake.in" "${CMAKE_BINARY_DIR}/package/brenierConfig.cmake"
  INSTALL_DESTINATION "${package_folder}")
write_basic_package_version_file("${CMAKE_BINARY_DIR}/package/brenierConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${CMAKE_BINARY_DIR}/package/brenierConfig.cmake"
  "${CMAKE_BINARY_DIR}/package/brenierConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/find_torch.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/locate_torch.cmake"
  DESTINATION "${package_folder}")

if(TARGET brenier_cli)
  install(TARGETS brenier_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
if(TARGET brenier_ops)
  install(TARGETS brenier_ops LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endif()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/configs" DESTINATION "${CMAKE_INSTALL_DATADIR}/brenier"
  FILES_MATCHING PATTERN "*.json")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
