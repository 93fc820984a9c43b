# find_package(zymogen): C++ kernels and their derivatives, compiled ahead of time. See zymogenAddModule.cmake for
# Python packages, and zymogenDifferentiate.cmake for C++ programs.
cmake_minimum_required(VERSION 3.24)

get_filename_component(zymogen_CMAKE_DIR "${CMAKE_CURRENT_LIST_DIR}" ABSOLUTE)
get_filename_component(zymogen_INCLUDE_DIR "${zymogen_CMAKE_DIR}/../zymogen/include" ABSOLUTE)

include("${zymogen_CMAKE_DIR}/zymogenBuild.cmake")
include("${zymogen_CMAKE_DIR}/zymogenLibraries.cmake")
include("${zymogen_CMAKE_DIR}/zymogenAddModule.cmake")
include("${zymogen_CMAKE_DIR}/zymogenDifferentiate.cmake")
