# zymogen_add_module(<target>
#   SOURCES <file>...          C++ files that register kernels with ZYMOGEN_KERNEL
#   [DERIVATIVES <text>...]    what to build: `standard`, and derivatives as they are asked for in Python, such as
#                              "partial(f, (x, 0))"; default: standard, which is all first-order ones by each argument
#                              and by all together, and for numbers those of second order
#   [MATH strict|fast]         default: strict
#   [ARCH <name>...]           x86-64, x86-64-v2, x86-64-v3, x86-64-v4 or native, one library for each; the best for
#                              the processor is taken at import; default: x86-64-v2 (armv8-a on 64-bit ARM)
#   [INCLUDE <folder>...] [DEFINE <macro>...] [FLAGS <flag>...] [STANDARD <c++23>]
#   [LIBRARIES <library>...]   that have functions which kernels call: targets that are made before, paths, and names for
#                              -lNAME. Archives go into the kernels' libraries, and shared libraries, but for those by
#                              name, beside them. A module with libraries has no sources in it.
#   [NO_SOURCES]               do not put the sources into the module: what is not built then cannot be built later
#   [DESTINATION <folder>])    install the module and its libraries there; with scikit-build-core, the Python package
#
# Makes a Python extension module named <target>, whose attributes are the kernels. The kernels and derivatives are
# compiled by zymogen's own toolchain, the module by this project's compiler.
# The target property ZYMOGEN_LIBRARIES lists the libraries, with shared ones of LIBRARIES, which belong beside the module;
# it has generator expressions for those that are targets.
function(zymogen_add_module target)
  _zymogen_begin()
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_SOURCES" "${_zymogen_one}" "${_zymogen_many}")
  set(call "zymogen_add_module(${target})")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}.zymogen")
  set(expected "SOURCES, DERIVATIVES, MATH, ARCH, INCLUDE, DEFINE, FLAGS, STANDARD, LIBRARIES, NO_SOURCES and DESTINATION")
  _zymogen_read("${call}" "${expected}")
  _zymogen_read_libraries("${call}" "${expected}" "${folder}")
  if(NOT target MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
    message(FATAL_ERROR "${call}: ${target} is no name that Python can import. Use letters, digits and underscores.")
  endif()
  _zymogen_require(Python "${call}" "3.11;COMPONENTS;Interpreter;Development.Module")
  _zymogen_require_in_python("${call}")
  _zymogen_require(pybind11 "${call}" "CONFIG")

  set(command "${Python_EXECUTABLE}" -m zymogen build-ahead --module ${_zymogen_options}
    --target ${target} --folder "${folder}" --depfile "${folder}/read.d")
  if(arg_NO_SOURCES)
    list(APPEND command --no-sources)
  endif()

  set(libraries ${_zymogen_architectures})
  list(TRANSFORM libraries PREPEND "${folder}/lib${target}.")
  list(TRANSFORM libraries APPEND ".so")
  add_custom_command(
    OUTPUT "${folder}/zymogen_table.hpp" ${libraries}
    ${_zymogen_copying}
    COMMAND ${command}
    DEPENDS ${_zymogen_sources} ${_zymogen_linked}
    DEPFILE "${folder}/read.d"
    COMMENT "Differentiating the kernels of ${target}"
    VERBATIM)

  set(beside ${libraries} ${_zymogen_beside})
  pybind11_add_module(${target} MODULE NO_EXTRAS "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/module.cpp" "${folder}/zymogen_table.hpp")
  target_compile_definitions(${target} PRIVATE ZYMOGEN_TARGET=${target})
  target_include_directories(${target} PRIVATE "${folder}")
  target_compile_features(${target} PRIVATE cxx_std_17)
  target_link_libraries(${target} PRIVATE ${CMAKE_DL_LIBS})
  set_target_properties(${target} PROPERTIES
    CXX_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY "${folder}"
    ZYMOGEN_LIBRARIES "${beside}"
    SKIP_BUILD_RPATH ON
    INSTALL_RPATH "")
  if(DEFINED arg_DESTINATION)
    install(TARGETS ${target} LIBRARY DESTINATION "${arg_DESTINATION}")
    _zymogen_install("${arg_DESTINATION}" ${libraries})
  endif()
endfunction()
