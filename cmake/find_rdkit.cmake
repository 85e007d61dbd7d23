# RDKit, for molecules from SMILES: an optional part. Debian's librdkit-dev has no CMake package, so header and libraries
# are looked for by name; it also needs the headers of Boost (libboost-dev), which it does not pull in.
#
#   BRENIER_RDKIT   AUTO: used when it is there (the default); ON: an error when it is not; OFF: not looked for
#   BRENIER_RDKIT_ROOT   where else to look: a folder with include/rdkit and lib
#
# brenier_find_rdkit() sets BRENIER_HAS_RDKIT, BRENIER_RDKIT_OPTIONS (of the compiler) and BRENIER_RDKIT_LIBRARIES in the
# caller.
set(BRENIER_RDKIT AUTO CACHE STRING "Molecules from SMILES by RDKit: AUTO, ON or OFF")
set_property(CACHE BRENIER_RDKIT PROPERTY STRINGS AUTO ON OFF)

function(brenier_find_rdkit)
  set(BRENIER_HAS_RDKIT FALSE PARENT_SCOPE)
  if(NOT BRENIER_RDKIT)
    return()
  endif()
  set(missing "")
  find_path(BRENIER_RDKIT_INCLUDE GraphMol/SmilesParse/SmilesParse.h HINTS "${BRENIER_RDKIT_ROOT}"
    PATH_SUFFIXES include/rdkit rdkit)
  mark_as_advanced(BRENIER_RDKIT_INCLUDE)
  if(NOT BRENIER_RDKIT_INCLUDE)
    list(APPEND missing "GraphMol/SmilesParse/SmilesParse.h")
  endif()
  find_path(BRENIER_BOOST_INCLUDE boost/shared_ptr.hpp HINTS "${BRENIER_RDKIT_ROOT}" PATH_SUFFIXES include)
  mark_as_advanced(BRENIER_BOOST_INCLUDE)
  if(NOT BRENIER_BOOST_INCLUDE)
    list(APPEND missing "boost/shared_ptr.hpp")
  endif()
  set(libraries "")
  foreach(name IN ITEMS Descriptors Fingerprints SmilesParse GraphMol DataStructs RDGeneral)
    find_library(BRENIER_RDKIT_${name} NAMES RDKit${name} HINTS "${BRENIER_RDKIT_ROOT}" PATH_SUFFIXES lib)
    mark_as_advanced(BRENIER_RDKIT_${name})
    if(BRENIER_RDKIT_${name})
      list(APPEND libraries "${BRENIER_RDKIT_${name}}")
    else()
      list(APPEND missing "libRDKit${name}")
    endif()
  endforeach()
  if(missing)
    list(JOIN missing ", " missing)
    if(BRENIER_RDKIT STREQUAL "AUTO")
      message(STATUS "Molecules from SMILES: no (RDKit is not there: ${missing})")
      return()
    endif()
    message(FATAL_ERROR "BRENIER_RDKIT is ON and these are missing: ${missing}\n"
      "On Debian and Ubuntu: apt-get install librdkit-dev libboost-dev")
  endif()
  message(STATUS "Molecules from SMILES: yes (RDKit in ${BRENIER_RDKIT_INCLUDE})")
  set(options "")
  foreach(folder IN ITEMS "${BRENIER_RDKIT_INCLUDE}" "${BRENIER_BOOST_INCLUDE}")
    # The compiler's own folders must keep their place.
    if(NOT folder IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
      list(APPEND options -isystem "${folder}")
    endif()
  endforeach()
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    list(APPEND options -Wno-enum-constexpr-conversion)  # Boost before 1.81 casts -1 to an enumeration
  endif()
  set(BRENIER_HAS_RDKIT TRUE PARENT_SCOPE)
  set(BRENIER_RDKIT_OPTIONS "${options}" PARENT_SCOPE)
  set(BRENIER_RDKIT_LIBRARIES "${libraries}" PARENT_SCOPE)
endfunction()
