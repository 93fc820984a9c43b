# zymogen_differentiate(<target>
#   SOURCES <file>...          C++ files that register kernels with ZYMOGEN_KERNEL
#   [DERIVATIVES <text>...]    what to build: `standard`, and derivatives as they are asked for in Python, such as
#                              "partial(f, (x, 0))"; default: standard, which is all first-order ones by each argument
#                              and by all together, and for numbers those of second order
#   [MATH strict|fast]         default: strict
#   [ARCH <name>]              x86-64, x86-64-v2, x86-64-v3, x86-64-v4 or native; default: x86-64-v2 (armv8-a on ARM)
#   [INCLUDE <folder>...] [DEFINE <macro>...] [FLAGS <flag>...] [STANDARD <c++23>]
#   [LIBRARIES <library>...]   that have functions which kernels call: targets that are made before, paths, and names for
#                              -lNAME. Archives go into the library, and shared libraries, but for those by name, beside
#                              it.
#   [DESTINATION <folder>])    install the library there
#
# Lets a program or library of C++ use <zymogen/derivatives.hpp>: the kernels' derivatives are compiled by zymogen's own
# toolchain into a library that the target links, and the target itself by this project's compiler. Python and zymogen
# are needed where it is built, and not where it runs.
# The target property ZYMOGEN_LIBRARIES lists the library, which a program must find when it starts, and shared ones of
# LIBRARIES, which belong beside it, by generator expressions where they are targets; CMake sees to that in the build
# folder. Call it once for a target.
function(zymogen_differentiate target)
  _zymogen_begin()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "${_zymogen_one}" "${_zymogen_many}")
  set(call "zymogen_differentiate(${target})")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}.zymogen")
  _zymogen_read("${call}" "${_zymogen_keywords_of_programs}")
  _zymogen_read_libraries("${call}" "${_zymogen_keywords_of_programs}" "${folder}")
  if(NOT TARGET ${target})
    message(FATAL_ERROR "${call}: there is no target ${target}. Make it first, with add_executable or add_library.")
  endif()
  list(LENGTH _zymogen_architectures count)
  if(count GREATER 1)
    message(FATAL_ERROR "${call}: ARCH is ${_zymogen_architectures}. Expected is one, which all machines have on which "
      "the program runs.")
  endif()
  _zymogen_require(Python "${call}" "3.11;COMPONENTS;Interpreter")
  _zymogen_require_in_python("${call}")

  set(library "${folder}/lib${target}_derivatives.${_zymogen_architectures}.so")
  add_custom_command(
    OUTPUT "${folder}/zymogen_built.hpp" "${library}"
    ${_zymogen_copying}
    COMMAND "${Python_EXECUTABLE}" -m zymogen build-ahead --program ${_zymogen_options}
      --target ${target} --folder "${folder}" --depfile "${folder}/read.d"
    DEPENDS ${_zymogen_sources} ${_zymogen_linked}
    DEPFILE "${folder}/read.d"
    COMMENT "Differentiating the kernels of ${target}"
    VERBATIM)

  target_sources(${target} PRIVATE "${folder}/zymogen_built.hpp")
  target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../zymogen/include"
    "${folder}")
  target_compile_features(${target} PRIVATE cxx_std_20)
  add_library(${target}_derivatives SHARED IMPORTED)
  set_target_properties(${target}_derivatives PROPERTIES IMPORTED_LOCATION "${library}" IMPORTED_NO_SONAME ON)
  target_link_libraries(${target} PRIVATE ${target}_derivatives)
  set(beside "${library}" ${_zymogen_beside})
  set_target_properties(${target} PROPERTIES ZYMOGEN_LIBRARIES "${beside}")
  if(DEFINED arg_DESTINATION)
    _zymogen_install("${arg_DESTINATION}" "${library}")
  endif()
endfunction()

# zymogen_add_executable(<target> <file>... <arguments of zymogen_differentiate>...): add_executable and
# zymogen_differentiate in one. Installed to DESTINATION, the program finds its library beside itself.
function(zymogen_add_executable target)
  _zymogen_begin()
  set(call "zymogen_add_executable(${target})")
  set(files "")
  set(others ${ARGN})  # a list in quotation marks is taken apart here
  while(NOT others STREQUAL "")
    list(GET others 0 word)
    if(word IN_LIST _zymogen_one OR word IN_LIST _zymogen_many)
      break()
    endif()
    _zymogen_refuse_misspelled("${call}" "${word}" "a file of the program" "${_zymogen_keywords_of_programs}")
    list(POP_FRONT others)
    list(APPEND files "${word}")
  endwhile()
  if(NOT files)
    message(FATAL_ERROR "${call}: there is no file with main(). Name the program's files before SOURCES, which are those "
      "with kernels.")
  endif()
  add_executable(${target} ${files})
  zymogen_differentiate(${target} ${others})
  cmake_parse_arguments(arg "" "${_zymogen_one}" "${_zymogen_many}" ${others})
  if(DEFINED arg_DESTINATION)
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN")
    install(TARGETS ${target} RUNTIME DESTINATION "${arg_DESTINATION}")
  endif()
endfunction()
