# One libFuzzer program per tests/fuzz/fuzz_*.cpp.

# Our own code reports its branches to the fuzzer too, and is optimized: what is slow finds less.
foreach(library IN ITEMS base core os config cli control log app client)
  get_target_property(type onit_${library} TYPE)
  if(NOT type STREQUAL "INTERFACE_LIBRARY")
    target_compile_options(onit_${library} PRIVATE -O1 -fsanitize=fuzzer-no-link)
  endif()
endforeach()

file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/fuzz/fuzz_*.cpp)
foreach(source IN LISTS sources)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  # libFuzzer declares no LLVMFuzzerTestOneInput, it only calls it.
  target_compile_options(${name} PRIVATE -O1 -fsanitize=fuzzer -Wno-missing-prototypes -Wno-missing-declarations)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${name} PRIVATE onit_app onit_build)
endforeach()
