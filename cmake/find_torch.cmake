# LibTorch as one imported target, brenier::torch. Used by the build and by the installed package alike.
#
#   brenier_find_torch([MIN v] [BELOW v] [VENV dir]... [HINT dir]...)    see locate_torch.cmake for the order
#
# Stops with an error when there is none that fits. Sets BRENIER_TORCH_ROOT, BRENIER_TORCH_VERSION, and
# BRENIER_TORCH_MINOR and BRENIER_TORCH_NEXT_MINOR (2.13 and 2.14): the range that is binary compatible.
#
# The target is made here, not by find_package(Torch): that one warns about kineto in every build, adds link folders
# of an MKL that is not there to every rpath, and on a CUDA wheel demands the CUDA compiler even from programs
# without a line of CUDA.
include("${CMAKE_CURRENT_LIST_DIR}/locate_torch.cmake")

function(brenier_find_torch)
  if(TARGET brenier::torch)
    return()
  endif()
  cmake_parse_arguments(arg "" "MIN;BELOW" "VENV;HINT" ${ARGN})
  if(NOT arg_MIN)
    set(arg_MIN ${BRENIER_TORCH_MIN})
  endif()
  if(NOT arg_BELOW)
    set(arg_BELOW ${BRENIER_TORCH_BELOW})
  endif()
  brenier_locate_torch(MIN ${arg_MIN} BELOW ${arg_BELOW} VENV ${arg_VENV} HINT ${arg_HINT})
  if(NOT BRENIER_TORCH_ROOT)
    if(BRENIER_TORCH_REPORT)
      set(seen "found:\n${BRENIER_TORCH_REPORT}")
    else()
      set(seen "found: none\n")
    endif()
    message(FATAL_ERROR
      "LibTorch is missing.\n${seen}"
      "expected: torch >= ${arg_MIN} and < ${arg_BELOW} in Torch_DIR or CMAKE_PREFIX_PATH, in the active Python, "
      "or in ./.venv\nhint: scripts/setup puts the right one into ./.venv")
  endif()
  set(root "${BRENIER_TORCH_ROOT}")

  add_library(brenier_torch_cpu SHARED IMPORTED GLOBAL)
  set_target_properties(brenier_torch_cpu PROPERTIES IMPORTED_LOCATION "${root}/lib/libtorch_cpu.so")
  add_library(brenier_torch_c10 SHARED IMPORTED GLOBAL)
  set_target_properties(brenier_torch_c10 PROPERTIES IMPORTED_LOCATION "${root}/lib/libc10.so")

  set(libraries brenier_torch_cpu brenier_torch_c10)
  if(EXISTS "${root}/lib/libtorch_cuda.so")
    # It registers its kernels when it is loaded, so it is linked although no symbol of it is named; its own
    # dependencies are found at run time by its own rpath.
    list(APPEND libraries
      "-Wl,--no-as-needed,${root}/lib/libtorch_cuda.so,${root}/lib/libc10_cuda.so,--as-needed,--allow-shlib-undefined")
  endif()

  add_library(brenier::torch INTERFACE IMPORTED GLOBAL)
  target_include_directories(brenier::torch SYSTEM INTERFACE
    "${root}/include" "${root}/include/torch/csrc/api/include")
  target_link_libraries(brenier::torch INTERFACE ${libraries})
  target_compile_definitions(brenier::torch INTERFACE USE_DISTRIBUTED USE_C10D_GLOO)

  message(STATUS "LibTorch ${BRENIER_TORCH_VERSION} from ${BRENIER_TORCH_ORIGIN}: ${root}")
  string(REGEX MATCH "^([0-9]+)\\.([0-9]+)" minor "${BRENIER_TORCH_VERSION}")
  math(EXPR next "${CMAKE_MATCH_2} + 1")
  set(BRENIER_TORCH_MINOR "${minor}" PARENT_SCOPE)
  set(BRENIER_TORCH_NEXT_MINOR "${CMAKE_MATCH_1}.${next}" PARENT_SCOPE)
  set(BRENIER_TORCH_ROOT "${root}" PARENT_SCOPE)
  set(BRENIER_TORCH_VERSION "${BRENIER_TORCH_VERSION}" PARENT_SCOPE)
endfunction()
