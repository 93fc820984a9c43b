# zymogen_add_module(<target>
#   SOURCES <file>...          C++ files that register kernels with ZYMOGEN_KERNEL
#   [DERIVATIVES <text>...]    what to build: `standard`, and derivatives as they are asked for in Python, such as
#                              "partial(f, (x, 0))"; default: standard, which is all first-order ones by each argument
#                              and by all together, and for numbers those of second order
#   [MATH strict|fast]         default: strict
#   [ARCH <name>...]           x86-64, x86-64-v2, x86-64-v3, x86-64-v4 or native, one library for each; the best for
#                              the processor is taken at import; default: x86-64-v2 (armv8-a on 64-bit ARM)
#   [INCLUDE <folder>...] [DEFINE <macro>...] [FLAGS <flag>...] [STANDARD <c++23>]
#   [NO_SOURCES]               do not put the sources into the module: what is not built then cannot be built later
#   [DESTINATION <folder>])    install the module and its libraries there; with scikit-build-core, the Python package
#
# Makes a Python extension module named <target>, whose attributes are the kernels. The kernels and derivatives are
# compiled by zymogen's own toolchain, the module by this project's compiler.
# The target property ZYMOGEN_LIBRARIES lists the libraries, which belong beside the module.
function(zymogen_add_module target)
  set(lists SOURCES DERIVATIVES ARCH INCLUDE DEFINE FLAGS)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_SOURCES" "MATH;STANDARD;DESTINATION" "${lists}")
  set(call "zymogen_add_module(${target})")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${call}: ${arg_UNPARSED_ARGUMENTS} is not understood. Expected are SOURCES, DERIVATIVES, MATH, "
      "ARCH, INCLUDE, DEFINE, FLAGS, STANDARD, NO_SOURCES and DESTINATION. Correct it.")
  endif()
  if("(" IN_LIST arg_DERIVATIVES)
    message(FATAL_ERROR "${call}: a derivative stands without quotation marks, and CMake takes it apart. Write "
      "DERIVATIVES \"grad(f, x)\" \"partial(f, (x, 0))\".")
  endif()
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "${call}: there are no SOURCES. Name the C++ files that register kernels.")
  endif()
  if(NOT target MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
    message(FATAL_ERROR "${call}: ${target} is no name that Python can import. Use letters, digits and underscores.")
  endif()
  set(sources "")
  foreach(source IN LISTS arg_SOURCES)
    get_filename_component(source "${source}" ABSOLUTE)
    if(NOT EXISTS "${source}")
      message(FATAL_ERROR "${call}: the file ${source} is not there. Correct SOURCES.")
    endif()
    list(APPEND sources "${source}")
  endforeach()
  _zymogen_require(Python "${call}" "3.11;COMPONENTS;Interpreter;Development.Module")
  _zymogen_require(pybind11 "${call}" "CONFIG")

  set(architectures ${arg_ARCH})
  if(NOT architectures)
    set(architectures x86-64-v2)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
      set(architectures armv8-a)
    endif()
  endif()

  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}.zymogen")
  set(command "${Python_EXECUTABLE}" -m zymogen build-module
    --target ${target} --root "${CMAKE_CURRENT_SOURCE_DIR}" --folder "${folder}" --depfile "${folder}/read.d")
  foreach(source IN LISTS sources)
    list(APPEND command --source "${source}")
  endforeach()
  foreach(include IN LISTS arg_INCLUDE)
    get_filename_component(include "${include}" ABSOLUTE)
    list(APPEND command --include "${include}")
  endforeach()
  foreach(pair derivative=DERIVATIVES define=DEFINE architecture=architectures)
    string(REPLACE "=" ";" pair "${pair}")
    list(POP_FRONT pair option variable)
    if(NOT variable STREQUAL "architectures")
      set(variable "arg_${variable}")
    endif()
    foreach(value IN LISTS ${variable})
      list(APPEND command --${option} "${value}")
    endforeach()
  endforeach()
  foreach(flag IN LISTS arg_FLAGS)
    list(APPEND command "--flag=${flag}")  # flags begin with a dash themselves
  endforeach()
  if(arg_MATH)
    list(APPEND command --math ${arg_MATH})
  endif()
  if(arg_STANDARD)
    list(APPEND command --standard ${arg_STANDARD})
  endif()
  if(arg_NO_SOURCES)
    list(APPEND command --no-sources)
  endif()

  set(libraries ${architectures})
  list(REMOVE_DUPLICATES libraries)
  list(TRANSFORM libraries PREPEND "${folder}/lib${target}.")
  list(TRANSFORM libraries APPEND ".so")
  add_custom_command(
    OUTPUT "${folder}/zymogen_table.hpp" ${libraries}
    COMMAND ${command}
    DEPENDS ${sources}
    DEPFILE "${folder}/read.d"
    COMMENT "Differentiating the kernels of ${target}"
    VERBATIM)

  pybind11_add_module(${target} MODULE NO_EXTRAS "${zymogen_MODULE_SOURCE}" "${folder}/zymogen_table.hpp")
  target_compile_definitions(${target} PRIVATE ZYMOGEN_TARGET=${target})
  target_include_directories(${target} PRIVATE "${folder}")
  target_compile_features(${target} PRIVATE cxx_std_17)
  target_link_libraries(${target} PRIVATE ${CMAKE_DL_LIBS})
  set_target_properties(${target} PROPERTIES
    CXX_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY "${folder}"
    ZYMOGEN_LIBRARIES "${libraries}"
    SKIP_BUILD_RPATH ON
    INSTALL_RPATH "")
  if(DEFINED arg_DESTINATION)
    install(TARGETS ${target} LIBRARY DESTINATION "${arg_DESTINATION}")
    install(PROGRAMS ${libraries} DESTINATION "${arg_DESTINATION}")
  endif()
endfunction()

set(zymogen_MODULE_SOURCE "${zymogen_CMAKE_DIR}/module.cpp" CACHE INTERNAL "What extension modules are made of")

# Find a package unless the project has done so, and say what to do where it is not there.
macro(_zymogen_require package call options)
  if(NOT ${package}_FOUND)
    find_package(${package} ${options} QUIET)
  endif()
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "${call}: CMake does not find ${package}. In pyproject.toml, [build-system] should have "
      "requires = [\"scikit-build-core\", \"pybind11\", \"zymogen\"]. Where CMake is called by hand, give it "
      "-Dpybind11_ROOT=$(python -m pybind11 --cmakedir) and -DPython_EXECUTABLE=$(which python).")
  endif()
endmacro()
