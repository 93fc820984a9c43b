# What the functions of this package have in common: reading arguments, and the command that compiles and differentiates.

# Functions are known everywhere once they are read, and variables only where find_package was called. So what functions
# share is set in each of them, by this macro: the arguments that all take, how they are told to users, and what projects need.
macro(_zymogen_begin)
  set(_zymogen_one MATH STANDARD DESTINATION)
  set(_zymogen_many SOURCES DERIVATIVES ARCH INCLUDE DEFINE FLAGS LIBRARIES)
  set(_zymogen_keywords_of_programs
    "SOURCES, DERIVATIVES, MATH, ARCH, INCLUDE, DEFINE, FLAGS, STANDARD, LIBRARIES and DESTINATION")
  string(CONCAT _zymogen_requires "In pyproject.toml, [build-system] should have requires = [\"scikit-build-core\", \"pybind11\", "
    "\"zymogen\"].")
endmacro()

# Look at the arguments that cmake_parse_arguments has put into variables arg_*, and set
#   _zymogen_sources         their SOURCES with whole paths
#   _zymogen_architectures   their ARCH, or the default
#   _zymogen_options         options of the command
macro(_zymogen_read call expected)
  foreach(keyword IN LISTS _zymogen_many)
    # A list in quotation marks, "a;b", comes as one argument: it is a list here, as in target_sources and its kin.
    string(REPLACE "\\;" ";" arg_${keyword} "${arg_${keyword}}")
    list(FILTER arg_${keyword} EXCLUDE REGEX "^[ \t\r\n]*$")
  endforeach()
  if(arg_UNPARSED_ARGUMENTS)
    list(JOIN arg_UNPARSED_ARGUMENTS " " words)
    message(FATAL_ERROR "${call}: ${words} is not understood. Expected are ${expected}. Correct it.")
  endif()
  if("(" IN_LIST arg_DERIVATIVES)
    message(FATAL_ERROR "${call}: a derivative stands without quotation marks, and CMake takes it apart. Write "
      "DERIVATIVES \"grad(f, x)\" \"partial(f, (x, 0))\".")
  endif()
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "${call}: there are no SOURCES. Name the C++ files that register kernels.")
  endif()
  set(_zymogen_sources "")
  foreach(source IN LISTS arg_SOURCES)
    _zymogen_refuse_misspelled("${call}" "${source}" "a file of SOURCES" "${expected}")
    get_filename_component(source "${source}" ABSOLUTE)
    if(NOT EXISTS "${source}")
      message(FATAL_ERROR "${call}: the file ${source} is not there. Correct SOURCES.")
    endif()
    list(APPEND _zymogen_sources "${source}")
  endforeach()

  set(_zymogen_architectures ${arg_ARCH})
  if(NOT _zymogen_architectures)
    set(_zymogen_architectures x86-64-v2)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
      set(_zymogen_architectures armv8-a)
    endif()
  endif()
  list(REMOVE_DUPLICATES _zymogen_architectures)

  set(_zymogen_options --root "${CMAKE_CURRENT_SOURCE_DIR}")
  foreach(source IN LISTS _zymogen_sources)
    list(APPEND _zymogen_options --source "${source}")
  endforeach()
  foreach(include IN LISTS arg_INCLUDE)
    _zymogen_refuse_misspelled("${call}" "${include}" "a folder of INCLUDE" "${expected}")
    get_filename_component(include "${include}" ABSOLUTE)
    list(APPEND _zymogen_options --include "${include}")
  endforeach()
  foreach(pair derivative=arg_DERIVATIVES define=arg_DEFINE architecture=_zymogen_architectures)
    string(REPLACE "=" ";" pair "${pair}")
    list(POP_FRONT pair option variable)
    foreach(value IN LISTS ${variable})
      list(APPEND _zymogen_options --${option} "${value}")
    endforeach()
  endforeach()
  foreach(flag IN LISTS arg_FLAGS)
    list(APPEND _zymogen_options "--flag=${flag}")  # flags begin with a dash themselves
  endforeach()
  if(arg_MATH)
    list(APPEND _zymogen_options --math ${arg_MATH})
  endif()
  if(arg_STANDARD)
    list(APPEND _zymogen_options --standard ${arg_STANDARD})
  endif()
endmacro()

# Stop at a word that looks like a keyword and was taken for a file or folder, because none of the keywords is spelled so.
function(_zymogen_refuse_misspelled call word taken expected)
  get_filename_component(path "${word}" ABSOLUTE)
  if(word MATCHES "^[A-Z][A-Z_]+$" AND NOT EXISTS "${path}")
    message(FATAL_ERROR "${call}: ${word} was taken for ${taken}, and ${path} is not there. Is it a misspelled keyword? "
      "Keywords are ${expected}. Correct it.")
  endif()
endfunction()

# Find a package unless the project has done so, and say what to do where it is not there.
macro(_zymogen_require package call options)
  if(NOT ${package}_FOUND)
    find_package(${package} ${options} QUIET)
  endif()
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "${call}: CMake does not find ${package}. ${_zymogen_requires} Where CMake is called by hand, "
      "give it -Dpybind11_ROOT=$(python -m pybind11 --cmakedir) and -DPython_EXECUTABLE=$(which python).")
  endif()
endmacro()

# Stop where the Python that will build cannot import zymogen: CMake may find the functions of another environment, as it
# does when pip builds in one of its own.
function(_zymogen_require_in_python call)
  _zymogen_begin()
  execute_process(COMMAND "${Python_EXECUTABLE}" -m zymogen --version
    RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE said ERROR_STRIP_TRAILING_WHITESPACE)
  if(NOT status EQUAL 0)
    string(REGEX REPLACE ".*\n" "" said "${said}")
    message(FATAL_ERROR "${call}: CMake finds zymogen in ${CMAKE_CURRENT_FUNCTION_LIST_DIR}, and "
      "${Python_EXECUTABLE}, which is to build with it, does not run it (${said}). ${_zymogen_requires} Where CMake is called by hand, give it "
      "-DPython_EXECUTABLE=$(which python) of the environment that has zymogen.")
  endif()
endfunction()
