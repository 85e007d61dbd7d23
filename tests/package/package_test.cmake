# The installed package serves programs outside of the repository: installs into an empty folder, trains a tiny model with
# the installed command, builds examples/cpp_app against the package and runs it, then the examples in Python, which must
# print the same. Started by ctest with
#   -DSOURCE_DIR -DBUILD_DIR -DWORK_DIR -DGENERATOR -DCXX_COMPILER -DCXX_FLAGS -DPYTHON (one with torch; may be empty)

# step("what" EXPECT code MATCHES regex COMMAND ...)
function(step what)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXPECT;MATCHES" "COMMAND")
  execute_process(COMMAND ${arg_COMMAND} WORKING_DIRECTORY "${WORK_DIR}"
    RESULT_VARIABLE code OUTPUT_VARIABLE printed ERROR_VARIABLE errors)
  set(output "${printed}${errors}")
  if(NOT code STREQUAL arg_EXPECT OR NOT output MATCHES "${arg_MATCHES}")
    message(FATAL_ERROR "${what}: exit ${code}, expected ${arg_EXPECT} and a match of '${arg_MATCHES}'\n${output}")
  endif()
  message(STATUS "${what}: as expected")
  set(printed "${printed}" PARENT_SCOPE)
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

file(COPY "${SOURCE_DIR}/examples/cpp_app" "${SOURCE_DIR}/examples/python" "${SOURCE_DIR}/examples/cells.csv"
  DESTINATION "${WORK_DIR}")
set(app "${WORK_DIR}/cpp_app/build/cpp_app")
configure("configure" cpp_app 0 "LibTorch")
step("build" EXPECT 0 COMMAND "${CMAKE_COMMAND}" --build "${WORK_DIR}/cpp_app/build")
set(asked run/model.pt cells.csv pert_1 cell_type=type_2)
step("run" EXPECT 0 MATCHES "^gene_[0-9]+ +[-+][0-9.]+\n" COMMAND "${app}" ${asked})
set(top_genes "${printed}")
step("run without a model" EXPECT 3 MATCHES "gone.pt" COMMAND "${app}" gone.pt cells.csv pert_1)
step("run with cells as the model" EXPECT 3 MATCHES "HDF5" COMMAND "${app}" cells.h5ad cells.csv pert_1)
step("run with an unknown perturbation" EXPECT 3 MATCHES "'pert_9'.*one of 'pert_1'"
  COMMAND "${app}" run/model.pt cells.csv pert_9)

# Under a sanitizer the library cannot be loaded into a Python that is not built with it.
if(PYTHON AND NOT CXX_FLAGS)
  step("the model in Python" EXPECT 0 COMMAND "${PYTHON}" python/predict.py ${asked})
  # Only what is printed: torch warns on stderr where numpy is not there.
  if(NOT printed STREQUAL top_genes)
    message(FATAL_ERROR "C++ and Python differ:\n${top_genes}\n${printed}")
  endif()
  step("transport in Python" EXPECT 0 MATCHES "cost [0-9.]+, marginal error .*gradient"
    COMMAND "${PYTHON}" python/transport.py "${WORK_DIR}/prefix/lib/libbrenier_ops.so")
else()
  message(STATUS "examples/python: skipped, no Python with torch was found beside LibTorch")
endif()

file(COPY "${SOURCE_DIR}/examples/cpp_app/" DESTINATION "${WORK_DIR}/wrong")
file(READ "${WORK_DIR}/wrong/CMakeLists.txt" text)
string(REPLACE "COMPONENTS runtime" "COMPONENTS runtme" text "${text}")
file(WRITE "${WORK_DIR}/wrong/CMakeLists.txt" "${text}")
configure("configure with an unknown component" wrong 1 "'runtme'.*there are core")

file(REMOVE_RECURSE "${WORK_DIR}")
