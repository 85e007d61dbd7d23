# The installed package serves a program outside of the repository: installs into an empty folder, trains a tiny model
# with the installed command, builds examples/embed against the package, and runs it. Started by ctest with
#   -DSOURCE_DIR -DBUILD_DIR -DWORK_DIR -DGENERATOR -DCXX_COMPILER -DCXX_FLAGS

# step("what" EXPECT code MATCHES regex COMMAND ...)
function(step what)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXPECT;MATCHES" "COMMAND")
  execute_process(COMMAND ${arg_COMMAND} WORKING_DIRECTORY "${WORK_DIR}"
    RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code STREQUAL arg_EXPECT OR NOT output MATCHES "${arg_MATCHES}")
    message(FATAL_ERROR "${what}: exit ${code}, expected ${arg_EXPECT} and a match of '${arg_MATCHES}'\n${output}")
  endif()
  message(STATUS "${what}: as expected")
endfunction()

function(configure what component expect matches)
  step("${what}" EXPECT ${expect} MATCHES "${matches}"
    COMMAND "${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${WORK_DIR}/${component}" -B "${WORK_DIR}/${component}/build"
            "-DCMAKE_CXX_COMPILER=${CXX_COMPILER}" "-DCMAKE_CXX_FLAGS=${CXX_FLAGS}" -DCMAKE_BUILD_TYPE=Debug
            "-DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix")
endfunction()

file(REMOVE_RECURSE "${WORK_DIR}")
file(MAKE_DIRECTORY "${WORK_DIR}")
step("install" EXPECT 0 COMMAND "${CMAKE_COMMAND}" --install "${BUILD_DIR}" --prefix "${WORK_DIR}/prefix")

set(brenier "${WORK_DIR}/prefix/bin/brenier")
step("installed command" EXPECT 0 COMMAND "${brenier}" simulate perturbation --seed 0 --output cells.h5ad)
step("installed config" EXPECT 0
  COMMAND "${brenier}" train "${WORK_DIR}/prefix/share/brenier/configs/experiment/quickstart.json"
          -s data.path=cells.h5ad -s model.steps=2 -s model.latent.steps=2 --out run)

file(COPY "${SOURCE_DIR}/examples/embed" DESTINATION "${WORK_DIR}")
configure("configure" embed 0 "LibTorch")
step("build" EXPECT 0 COMMAND "${CMAKE_COMMAND}" --build "${WORK_DIR}/embed/build")
step("run" EXPECT 0 MATCHES "200 genes.*mean change" COMMAND "${WORK_DIR}/embed/build/embed" run/model.pt)
step("run without a model" EXPECT 3 MATCHES "gone.pt" COMMAND "${WORK_DIR}/embed/build/embed" gone.pt)

file(COPY "${SOURCE_DIR}/examples/embed/" DESTINATION "${WORK_DIR}/wrong")
file(READ "${WORK_DIR}/wrong/CMakeLists.txt" text)
string(REPLACE "COMPONENTS runtime" "COMPONENTS runtme" text "${text}")
file(WRITE "${WORK_DIR}/wrong/CMakeLists.txt" "${text}")
configure("configure with an unknown component" wrong 1 "'runtme'.*there are core")

file(REMOVE_RECURSE "${WORK_DIR}")
