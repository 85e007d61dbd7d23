# Everything that makes builds faster and changes nothing else: compiler cache, fast linker, precompiled header.
if(BRENIER_CCACHE)
  find_program(BRENIER_CCACHE_PROGRAM ccache)
  if(BRENIER_CCACHE_PROGRAM)
    # The sloppiness is what ccache asks for to cache files that use a precompiled header.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;${BRENIER_CCACHE_PROGRAM}")
    set(CMAKE_C_COMPILER_LAUNCHER "${BRENIER_CCACHE_PROGRAM}")
  endif()
endif()

find_program(BRENIER_MOLD_PROGRAM mold)
if(BRENIER_MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

# One precompiled header, brenier_pch, for all targets that see tensors; they take it with REUSE_FROM. All users of
# one precompiled header need the same code generation flags, so executables are compiled with -fPIC too.
if(BRENIER_PCH)
  add_compile_options(-fPIC)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)  # lets ccache see the header
  endif()
else()
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()

# Call once, after LibTorch was found.
function(brenier_add_precompiled_header)
  if(NOT BRENIER_PCH)
    return()
  endif()
  set(source "${CMAKE_BINARY_DIR}/brenier_pch.cpp")
  if(NOT EXISTS "${source}")
    file(WRITE "${source}" "// Carries the precompiled header; empty on purpose.\n")
  endif()
  add_library(brenier_pch OBJECT "${source}")
  target_link_libraries(brenier_pch PRIVATE brenier::torch nlohmann_json::nlohmann_json brenier_warnings)
  target_precompile_headers(brenier_pch PRIVATE
    <ATen/ATen.h>
    <torch/csrc/autograd/autograd.h>
    <torch/csrc/autograd/custom_function.h>
    <nlohmann/json.hpp>
    <algorithm> <cmath> <cstdint> <filesystem> <functional> <map> <memory> <optional> <string> <vector>)
endfunction()

function(brenier_use_precompiled_header target)
  if(BRENIER_PCH)
    target_precompile_headers(${target} REUSE_FROM brenier_pch)
  endif()
endfunction()
