# One folder of the house = one library target.
#
#   brenier_module(models DEPENDS core ot LINK some::library HEADERS other::library TENSORS)
#
# makes library brenier_models (alias brenier::models) from all models/**/*.cpp.
#   DEPENDS   the folders it may include
#   LINK      libraries that its headers or its users need too
#   HEADERS   header-only libraries of its .cpp files alone: users of the installed package need not have them
#   TENSORS   its sources see torch headers, so they profit from the precompiled header
#   EXCLUDE   files that belong to another target
#   ALONE     files that a unity build must not join with others
# A folder without sources makes no target, and a dependency on it is dropped.
function(brenier_module room)
  cmake_parse_arguments(arg "TENSORS" "" "DEPENDS;LINK;HEADERS;EXCLUDE;ALONE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${room}/*.cpp")
  foreach(file IN LISTS arg_EXCLUDE)
    list(REMOVE_ITEM sources "${PROJECT_SOURCE_DIR}/${file}")
  endforeach()
  if(NOT sources)
    return()
  endif()
  foreach(file IN LISTS arg_ALONE)
    set_source_files_properties("${PROJECT_SOURCE_DIR}/${file}" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endforeach()
  set(target brenier_${room})
  add_library(${target} ${sources})
  add_library(brenier::${room} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${room})
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/brenier>")
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_definitions(${target} PRIVATE BRENIER_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${target} PUBLIC ${arg_LINK} PRIVATE "$<BUILD_INTERFACE:brenier_warnings>")
  foreach(library IN LISTS arg_HEADERS)
    target_link_libraries(${target} PRIVATE "$<BUILD_INTERFACE:${library}>")
  endforeach()
  foreach(room_needed IN LISTS arg_DEPENDS)
    if(TARGET brenier_${room_needed})
      target_link_libraries(${target} PUBLIC brenier::${room_needed})
    endif()
  endforeach()
  if(arg_TENSORS)
    brenier_use_precompiled_header(${target})
  endif()
  set_property(GLOBAL APPEND PROPERTY BRENIER_ROOMS ${room})
  set_property(GLOBAL PROPERTY BRENIER_DEPENDS_${room} "${arg_DEPENDS}")
endfunction()
