# Where is LibTorch? One answer for the build, for scripts/setup and for programs that use an installed Brenier.
#
#   brenier_locate_torch(MIN 2.11 BELOW 2.14 [VENV dir]... [HINT dir]...)
#
# looks, in this order, at
#   1. Torch_DIR and CMAKE_PREFIX_PATH (CMake or environment variable): what the user asked for;
#   2. the torch package of the active Python (`python3` on the PATH), found without importing it;
#   3. each VENV (a virtual environment), then each HINT (a LibTorch folder).
# The first one whose version is in [MIN, BELOW) wins. One that was asked for (1) and is out of range is an error;
# the others are passed over, and are listed when nothing fits.
#
# Sets in the caller: BRENIER_TORCH_ROOT (holds include/ and lib/; empty when not found), BRENIER_TORCH_VERSION,
# BRENIER_TORCH_ORIGIN (where it came from, in words), BRENIER_TORCH_REPORT (what was seen, one line each).
#
# As a script, for scripts/setup:   cmake -DVENV=.venv -P cmake/locate_torch.cmake
# prints "found VERSION ORIGIN" or "none REPORT".

set(BRENIER_TORCH_MIN 2.11)
set(BRENIER_TORCH_BELOW 2.14)

# The version of the LibTorch in folder `root`, or nothing when there is none.
function(brenier_torch_version root out)
  set(version "")
  set(file "${root}/share/cmake/Torch/TorchConfigVersion.cmake")
  if(EXISTS "${file}" AND EXISTS "${root}/include/ATen")
    file(STRINGS "${file}" line REGEX "set\\(PACKAGE_VERSION ")
    if(line MATCHES "\"([0-9]+\\.[0-9]+\\.[0-9]+)")
      set(version "${CMAKE_MATCH_1}")
    endif()
  endif()
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

function(brenier_locate_torch)
  cmake_parse_arguments(arg "" "MIN;BELOW" "VENV;HINT" ${ARGN})

  # Parallel lists: a folder and the words that say where it came from.
  set(roots "")
  set(origins "")
  set(asked_for 0)

  foreach(dir IN ITEMS "${Torch_DIR}" "$ENV{Torch_DIR}")
    if(dir)
      get_filename_component(root "${dir}/../../.." ABSOLUTE)
      list(APPEND roots "${root}")
      list(APPEND origins "Torch_DIR")
    endif()
  endforeach()
  string(REPLACE ":" ";" environment_prefixes "$ENV{CMAKE_PREFIX_PATH}")
  foreach(prefix IN LISTS CMAKE_PREFIX_PATH environment_prefixes)
    foreach(suffix IN ITEMS "" "/../..")  # LibTorch itself, or torch.utils.cmake_prefix_path
      get_filename_component(root "${prefix}${suffix}" ABSOLUTE)
      list(APPEND roots "${root}")
      list(APPEND origins "CMAKE_PREFIX_PATH")
    endforeach()
  endforeach()
  list(LENGTH roots asked_for)

  find_program(BRENIER_ACTIVE_PYTHON python3 NO_CACHE)
  if(BRENIER_ACTIVE_PYTHON)
    execute_process(
      COMMAND "${BRENIER_ACTIVE_PYTHON}" -c
              "import importlib.util as u; s = u.find_spec('torch'); print(list(s.submodule_search_locations)[0] if s else '')"
      OUTPUT_VARIABLE root
      ERROR_QUIET
      OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(root)
      list(APPEND roots "${root}")
      list(APPEND origins "the active Python")
    endif()
  endif()
  foreach(venv IN LISTS arg_VENV)
    file(GLOB found LIST_DIRECTORIES true "${venv}/lib/python3*/site-packages/torch")
    foreach(root IN LISTS found)
      list(APPEND roots "${root}")
      list(APPEND origins "the virtual environment ${venv}")
    endforeach()
  endforeach()
  foreach(root IN LISTS arg_HINT)
    list(APPEND roots "${root}")
    list(APPEND origins "the LibTorch this package was built with")
  endforeach()

  set(chosen_root "")
  set(chosen_version "")
  set(chosen_origin "")
  set(report "")
  set(index 0)
  foreach(root IN LISTS roots)
    list(GET origins ${index} origin)
    math(EXPR index "${index} + 1")
    brenier_torch_version("${root}" version)
    if(NOT version)
      continue()
    endif()
    if(version VERSION_GREATER_EQUAL arg_MIN AND version VERSION_LESS arg_BELOW)
      set(chosen_root "${root}")
      set(chosen_version "${version}")
      set(chosen_origin "${origin}")
      break()
    endif()
    string(APPEND report "  ${version} in ${root} (${origin})\n")
    if(index LESS_EQUAL asked_for)
      break()  # what the user asked for is never replaced silently
    endif()
  endforeach()
  set(BRENIER_TORCH_ROOT "${chosen_root}" PARENT_SCOPE)
  set(BRENIER_TORCH_VERSION "${chosen_version}" PARENT_SCOPE)
  set(BRENIER_TORCH_ORIGIN "${chosen_origin}" PARENT_SCOPE)
  set(BRENIER_TORCH_REPORT "${report}" PARENT_SCOPE)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  brenier_locate_torch(MIN ${BRENIER_TORCH_MIN} BELOW ${BRENIER_TORCH_BELOW} VENV ${VENV})
  if(BRENIER_TORCH_ROOT)
    execute_process(COMMAND "${CMAKE_COMMAND}" -E echo "found ${BRENIER_TORCH_VERSION} ${BRENIER_TORCH_ORIGIN}")
  else()
    execute_process(COMMAND "${CMAKE_COMMAND}" -E echo "none ${BRENIER_TORCH_REPORT}")
  endif()
endif()
