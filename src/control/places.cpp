#include "control/places.hpp"

#include "base/text.hpp"
#include "base/variable.hpp"

namespace onit {

std::vector<std::string> control_places(const std::string& first, char* const* environment) {
  std::vector<std::string> places{first};
  const char* runtime_directory = find_variable(environment, "XDG_RUNTIME_DIR");
  if (runtime_directory != nullptr && *runtime_directory == '/') {
    places.push_back(concat(runtime_directory, "/onit.sock"));
  }
  if (first != kSharedControlPlace) places.push_back(kSharedControlPlace);
  return places;
}

}  // namespace onit
