# What the compiler checks in our own code. Headers of others come as system headers and are not checked.
#
# Narrowing to a smaller integer is clang-tidy's job (bugprone-narrowing-conversions): -Wconversion also refuses
# every int64 -> double, which numerical code is full of.
add_library(brenier_warnings INTERFACE)
target_compile_options(brenier_warnings INTERFACE
  -Wall -Wextra -Wpedantic
  -Wshadow
  -Wnon-virtual-dtor -Woverloaded-virtual -Wsuggest-override
  -Wcast-qual -Wcast-align
  -Wfloat-conversion
  -Wformat=2 -Wundef -Wvla -Wunused)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(brenier_warnings INTERFACE -Wlogical-op -Wduplicated-cond)
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
    # Both report optimised std::string and std::optional code of libstdc++ itself (GCC bugs 105651, 105562).
    target_compile_options(brenier_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
  endif()
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # std::stable_sort of libstdc++ 12 uses a function that C++17 deprecates; g++ knows it for its own and keeps the check.
  target_compile_options(brenier_warnings INTERFACE -Wno-deprecated-declarations)
endif()

# A warning is an error with the compilers we run; a newer one may know warnings that we have never seen.
if(BRENIER_WERROR)
  if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
     OR (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 20))
    target_compile_options(brenier_warnings INTERFACE -Werror)
  else()
    message(STATUS "Warnings are not errors: ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} is newer than "
      "the compilers we run")
  endif()
endif()
