# The test programs. scripts/test runs them.

enable_language(C)

# documents: writes what is generated of the tables of options, verbs and keys; `make documents` runs it.
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tools/documents/*.cpp)
list(REMOVE_ITEM sources ${PROJECT_SOURCE_DIR}/tools/documents/main.cpp)
add_library(onit_documents STATIC ${sources})
target_include_directories(onit_documents PUBLIC ${PROJECT_SOURCE_DIR}/tools)
target_link_libraries(onit_documents PUBLIC onit_cli onit_config onit_build)
add_executable(documents ${PROJECT_SOURCE_DIR}/tools/documents/main.cpp)
target_link_libraries(documents PRIVATE onit_documents)

# unit_tests: doctest; tests/unit/main.cpp defines main().
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/*.cpp)
if(sources)
  add_executable(unit_tests ${sources})
  target_include_directories(unit_tests PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  # To optimize the tests themselves, beside what they test, would take longer than it saves.
  target_compile_options(unit_tests PRIVATE -O0)
  target_link_libraries(unit_tests PRIVATE onit_documents onit_client onit_app onit_build)
  onit_precompile(unit_tests)
endif()

# rapidjson adds to null pointers, which clang reports.
set_property(SOURCE
  ${PROJECT_SOURCE_DIR}/tests/unit/services_keys_test.cpp ${PROJECT_SOURCE_DIR}/tests/toml/decoder.cpp
  ${PROJECT_SOURCE_DIR}/tests/yaml/decoder.cpp APPEND PROPERTY COMPILE_OPTIONS -fno-sanitize=pointer-overflow)

# sim_tests: the simulator, `sim_tests --histories N --seed S`.
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/sim/*.cpp)
if(sources)
  add_executable(sim_tests ${sources})
  target_include_directories(sim_tests PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(sim_tests PRIVATE onit_app onit_core onit_build)
  onit_precompile(sim_tests)
endif()

# toml_decoder: what the TOML reader makes of a document, for tests/toml/corpus.
add_executable(toml_decoder ${PROJECT_SOURCE_DIR}/tests/toml/decoder.cpp)
target_link_libraries(toml_decoder PRIVATE onit_config onit_build)

# json_decoder: the same of the JSON reader, for tests/integration/test_json_reader.py.
add_executable(json_decoder ${PROJECT_SOURCE_DIR}/tests/json/decoder.cpp)
target_link_libraries(json_decoder PRIVATE onit_base onit_build)

# yaml_decoder: what the YAML reader makes of a document, to be compared with what others make of it.
add_executable(yaml_decoder ${PROJECT_SOURCE_DIR}/tests/yaml/decoder.cpp)
target_link_libraries(yaml_decoder PRIVATE onit_config onit_build)

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
