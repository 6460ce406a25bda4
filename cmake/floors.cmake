# One static library per folder of src, linked only with the floors below it. scripts/check-floors checks the
# includes; this makes a call upwards fail to link.

# onit_floor(NAME LIBRARY...): src/NAME/*.cpp, on top of LIBRARY...
# A folder without .cpp is a library of headers; one that does not exist is left out.
function(onit_floor name)
  set(library onit_${name})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  if(sources)
    add_library(${library} STATIC ${sources})
    target_link_libraries(${library} PUBLIC onit_build ${ARGN} PRIVATE onit_code)
    if(name STREQUAL "base")
      onit_precompile(onit_base)
    else()
      onit_precompile(${library} onit_base)
    endif()
  else()
    add_library(${library} INTERFACE)
    target_link_libraries(${library} INTERFACE onit_build ${ARGN})
  endif()
endfunction()

onit_floor(base)
onit_floor(core    onit_base)
onit_floor(os      onit_base)
onit_floor(config  onit_core onit_base)
onit_floor(cli     onit_core onit_base)
onit_floor(control onit_core onit_os onit_base)  # os: only its client, see scripts/check-floors
onit_floor(log     onit_core onit_base)
onit_floor(app     onit_cli onit_config onit_control onit_log onit_os onit_core onit_base)
onit_floor(client  onit_app onit_cli onit_config onit_control onit_log onit_os onit_core onit_base)

# What a bare command runs when it starts and while it waits: compiled file by file, so that layout.ld can put it
# together. All else is optimized as one program when it is linked.
set(hot
  app/driver.cpp app/launch.cpp app/linux_world.cpp app/linux_world_actions.cpp app/reporter.cpp
  base/panic.cpp base/variable.cpp cli/command_line.cpp cli/personality.cpp
  core/command.cpp core/exit_code.cpp core/plan.cpp
  os/children.cpp os/inherited.cpp os/process_group.cpp os/signals.cpp os/spawn.cpp os/terminal.cpp)
# What lies between a signal and its delivery, or an orphan and its end, is made fast, and so is what each line of a log
# goes through; all else is made small.
set(fast
  app/driver.cpp app/linux_world.cpp app/linux_world_actions.cpp core/command.cpp log/format.cpp os/children.cpp
  os/signals.cpp)
if(ONIT_SHIP_AS)
  list(TRANSFORM hot PREPEND ${PROJECT_SOURCE_DIR}/src/)
  list(TRANSFORM fast PREPEND ${PROJECT_SOURCE_DIR}/src/)
  set_property(SOURCE ${PROJECT_SOURCE_DIR}/src/main.cpp ${hot} APPEND PROPERTY COMPILE_OPTIONS -fno-lto -Os)
  set_property(SOURCE ${fast} APPEND PROPERTY COMPILE_OPTIONS -O2 -finline-functions-called-once)
endif()

# What --version says. Each commit configures anew.
if(EXISTS ${PROJECT_SOURCE_DIR}/.git/logs/HEAD)
  execute_process(COMMAND git -C ${PROJECT_SOURCE_DIR} rev-parse --short=7 HEAD
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/.git/logs/HEAD)
endif()
if(NOT commit)
  set(commit unknown)
endif()
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/cli/option_table.cpp
  PROPERTIES COMPILE_DEFINITIONS ONIT_COMMIT="${commit}")
target_compile_definitions(onit_cli PRIVATE ONIT_VERSION="${PROJECT_VERSION}")
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/app/control_page_metrics.cpp
  PROPERTIES COMPILE_DEFINITIONS ONIT_VERSION="${PROJECT_VERSION}")
