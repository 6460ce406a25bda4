// Writes what is generated of the tables of options, verbs and keys. usage: documents DIRECTORY, of the repository or
// of a copy. It is never shipped: the files are.

#include <sys/stat.h>

#include <cstdio>
#include <string>

#include "documents/documents.hpp"

namespace {

bool write_file(const std::string& path, const std::string& text) {
  ::mkdir(path.substr(0, path.rfind('/')).c_str(), 0777);
  std::FILE* file = std::fopen(path.c_str(), "we");
  bool is_written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  bool is_closed = file != nullptr && std::fclose(file) == 0;
  if (!is_written || !is_closed) std::perror(path.c_str());
  return is_written && is_closed;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: documents DIRECTORY\n", stderr);
    return 2;
  }
  for (const onit::DocumentFile& file : onit::all_documents()) {
    if (!write_file(std::string{argv[1]} + "/" + file.path, file.text)) return 1;
  }
  return 0;
}
