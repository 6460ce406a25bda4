# The test programs. scripts/test runs them.

enable_language(C)

# unit_tests: doctest; tests/unit/main.cpp defines main().
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/*.cpp)
if(sources)
  add_executable(unit_tests ${sources})
  target_include_directories(unit_tests PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(unit_tests PRIVATE onit_app onit_build)
endif()

# sim_tests: the simulator, `sim_tests --histories N --seed S`.
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/sim/*.cpp)
if(sources)
  add_executable(sim_tests ${sources})
  target_include_directories(sim_tests PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(sim_tests PRIVATE onit_app onit_core onit_build)
endif()

# toml_decoder: what the TOML reader makes of a document, for tests/toml/corpus.
add_executable(toml_decoder ${PROJECT_SOURCE_DIR}/tests/toml/decoder.cpp)
target_link_libraries(toml_decoder PRIVATE onit_config onit_build)

# helpers/: small programs and libraries to preload that the integration tests work with. Plain C without
# sanitizers, whatever the preset: a preloaded library or a child with 100 KB of memory must not bring a runtime.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/helpers)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/helpers)
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/integration/*.c)
foreach(source IN LISTS sources)
  get_filename_component(name ${source} NAME_WE)
  if(name MATCHES "_preload$")
    add_library(helper_${name} SHARED ${source})
    set_target_properties(helper_${name} PROPERTIES PREFIX "")
  else()
    add_executable(helper_${name} ${source})
  endif()
  set_target_properties(helper_${name} PROPERTIES
    OUTPUT_NAME ${name} C_STANDARD 11 C_EXTENSIONS ON COMPILE_OPTIONS "" LINK_OPTIONS "")
  target_compile_options(helper_${name} PRIVATE -O2 -g -Wall -Wextra -Werror)
  target_compile_definitions(helper_${name} PRIVATE _GNU_SOURCE)
  target_link_libraries(helper_${name} PRIVATE ${CMAKE_DL_LIBS})
endforeach()
