# What LIBRARIES names: archives and shared libraries, by path or as targets of the project, and libraries of the system.

# Look at arg_LIBRARIES, add to _zymogen_options, and set
#   _zymogen_linked           files and targets: when one changes, what is made with them is linked again
#   _zymogen_beside           shared libraries in the folder, where what is linked there looks for them
#   _zymogen_copying          commands that copy them there
#   _zymogen_beside_files     those of them that are installed as they are
#   _zymogen_beside_targets   targets of the project of which the others are copies
function(_zymogen_read_libraries call expected folder)
  set(options ${_zymogen_options})
  set(lists linked beside copying beside_files beside_targets)
  foreach(list IN LISTS lists)
    set(${list} "")
  endforeach()
  foreach(item IN LISTS arg_LIBRARIES)
    _zymogen_find_library("${call}" "${expected}" "${item}")
    if(target)
      list(APPEND linked ${target})
    elseif(file)
      list(APPEND linked "${file}")
    else()
      set(file "${item}")
    endif()
    if(name)
      list(APPEND copying COMMAND "${CMAKE_COMMAND}" -E copy "${file}" "${folder}/${name}")
      set(file "${folder}/${name}")
      list(APPEND beside "${file}")
      if(target)
        list(APPEND beside_targets ${target})
      else()
        list(APPEND beside_files "${file}")
      endif()
    endif()
    list(APPEND options --library "${file}")
  endforeach()
  set(_zymogen_options ${options} PARENT_SCOPE)
  foreach(list IN LISTS lists)
    set(_zymogen_${list} ${${list}} PARENT_SCOPE)
  endforeach()
endfunction()

# Look at an item of LIBRARIES, and set where it was called
#   target   a target that this project makes, or nothing
#   file     its file, or that of a path; nothing for a name of the system's
#   name     by which the loader will ask for a shared library that is not the system's; nothing for all else
function(_zymogen_find_library call expected item)
  foreach(result target file name)
    set(${result} "" PARENT_SCOPE)
  endforeach()
  if(TARGET "${item}")
    get_target_property(kind "${item}" TYPE)
    if(NOT kind MATCHES "^(STATIC|SHARED|UNKNOWN)_LIBRARY$")
      message(FATAL_ERROR "${call}: ${item} of LIBRARIES is a target of type ${kind}. Expected are targets that are one "
        "file: STATIC_LIBRARY, SHARED_LIBRARY or UNKNOWN_LIBRARY. Name the libraries that it stands for.")
    endif()
    get_target_property(is_imported "${item}" IMPORTED)
    if(NOT is_imported)
      get_target_property(aliased "${item}" ALIASED_TARGET)
      if(aliased)
        set(item "${aliased}")
      endif()
      set(target "${item}" PARENT_SCOPE)
      set(file "$<TARGET_FILE:${item}>" PARENT_SCOPE)
      if(kind STREQUAL "SHARED_LIBRARY")
        set(name "$<TARGET_SONAME_FILE_NAME:${item}>" PARENT_SCOPE)
      endif()
      return()
    endif()
    string(TOUPPER "${CMAKE_BUILD_TYPE}" configuration)
    get_target_property(item "${item}" LOCATION_${configuration})
  elseif(item MATCHES "^-|\\$<")
    message(FATAL_ERROR "${call}: ${item} of LIBRARIES is not understood. Expected are paths, targets, and names alone, "
      "such as NAME for -lNAME. Correct it.")
  elseif(NOT item MATCHES "/|\\.a$|\\.so(\\.[0-9]+)*$")
    _zymogen_refuse_misspelled("${call}" "${item}" "a library of LIBRARIES" "${expected}")
    return()
  endif()
  get_filename_component(path "${item}" ABSOLUTE)
  if(NOT EXISTS "${path}")
    message(FATAL_ERROR "${call}: the library ${path} is not there. Correct LIBRARIES; what the project itself makes is "
      "named by its target.")
  endif()
  set(file "${path}" PARENT_SCOPE)
  if(NOT path MATCHES "\\.a$")
    _zymogen_read_soname("${call}" "${path}")
    set(name "${soname}" PARENT_SCOPE)
  endif()
endfunction()

# Set `soname` to the name that a shared library has for the loader; without a SONAME, that is its file's.
function(_zymogen_read_soname call file)
  execute_process(COMMAND "${CMAKE_COMMAND}" -E env LC_ALL=C "${CMAKE_READELF}" --dynamic "${file}"
    RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE error)
  if(NOT said MATCHES "\\(STRTAB\\)")
    string(STRIP "${said}${error}" said)
    message(FATAL_ERROR "${call}: ${file} of LIBRARIES is no shared library: ${CMAKE_READELF} says \"${said}\" "
      "(${status}). Expected are archives, whose names end in .a, and shared libraries. Name the library itself.")
  endif()
  get_filename_component(soname "${file}" NAME)
  if(said MATCHES "\\(SONAME\\)[^[]*\\[([^]]+)\\]")
    set(soname "${CMAKE_MATCH_1}")
  endif()
  set(soname "${soname}" PARENT_SCOPE)
  # With another name, another file is to be installed.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
endfunction()

# Install libraries that zymogen has made, and beside them the shared ones that they are linked with. Of those that the
# project makes CMake installs a copy without paths of the build folder.
function(_zymogen_install destination)
  install(PROGRAMS ${ARGN} ${_zymogen_beside_files} DESTINATION "${destination}")
  foreach(target IN LISTS _zymogen_beside_targets)
    install(TARGETS ${target} LIBRARY DESTINATION "${destination}" NAMELINK_SKIP)
  endforeach()
endfunction()
