# One folder under tests/ = one GoogleTest program.
#
#   brenier_test(models DEPENDS train TENSORS)
#
# makes brenier_test_models from tests/models/**/*.cpp and registers each TEST with CTest under the label `models`.
# Tests are listed when ctest runs (PRE_TEST), so that building never starts them; ctest runs several at once, so each
# uses one thread; rapidcheck draws the same cases in every run. A folder without tests makes none.
include(GoogleTest)

function(brenier_test room)
  cmake_parse_arguments(arg "TENSORS" "" "DEPENDS;LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${room}/*.cpp")
  if(NOT sources)
    return()
  endif()
  set(target brenier_test_${room})
  add_executable(${target} ${sources})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE brenier_test_helpers GTest::gmock GTest::gtest_main rapidcheck
    brenier_warnings ${arg_LINK})
  foreach(room_needed IN LISTS arg_DEPENDS)
    if(TARGET brenier_${room_needed})
      target_link_libraries(${target} PRIVATE brenier::${room_needed})
    endif()
  endforeach()
  if(room STREQUAL "apps" AND TARGET brenier_cli)
    target_compile_definitions(${target} PRIVATE BRENIER_COMMAND="$<TARGET_FILE:brenier_cli>")
    add_dependencies(${target} brenier_cli)
  endif()
  if(room STREQUAL "ops" AND TARGET brenier_ops)
    target_compile_definitions(${target} PRIVATE BRENIER_OPS_LIBRARY="$<TARGET_FILE:brenier_ops>")
    target_link_libraries(${target} PRIVATE ${CMAKE_DL_LIBS})
    add_dependencies(${target} brenier_ops)
  endif()
  if(arg_TENSORS)
    brenier_use_precompiled_header(${target})
  endif()
  if(NOT BRENIER_PCH)  # whose users need one set of flags
    # What is fast is the library; tests compile in two thirds of the time.
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  gtest_discover_tests(${target}
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 120
    TEST_PREFIX "${room}."
    NO_PRETTY_VALUES  # a parameter may print as bytes of memory, which differ in every run
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}"
    PROPERTIES LABELS "${room}" TIMEOUT 600 ENVIRONMENT "OMP_NUM_THREADS=1;RC_PARAMS=seed=20")
endfunction()
