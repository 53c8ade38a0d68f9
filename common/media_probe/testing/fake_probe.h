// A probe that believes what it is told, but for files that say so themselves: "private" is in them, or "broken".
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "common/media_probe/media_probe.h"

namespace carillon::media_probe::testing {

class FakeProbe : public MediaProbe {
 public:
  Status Check() const override { return Ok(); }

  Result<MediaFacts> Probe(const std::string& path, const std::string& mime_type, const std::string&) override {
    const std::string bytes = Read(path);
    if (bytes.find("broken") != std::string::npos) {
      return Refuse(Code::kInvalidArgument, "BAD_MEDIA", "the file can't be read");
    }
    MediaFacts facts;
    facts.mime_type = mime_type;
    facts.is_private = bytes.find("private") != std::string::npos;
    return facts;
  }

  Result<std::string> WriteClean(const std::string& path, const MediaFacts&, const std::string& work_folder) override {
    std::string bytes = Read(path);
    if (!can_clean) return work_folder + "/../" + path.substr(path.rfind('/') + 1);
    bytes.replace(bytes.find("private"), 7, "clean");
    std::ofstream(work_folder + "/clean", std::ios::binary) << bytes;
    return work_folder + "/clean";
  }

  bool can_clean = true;

 private:
  static std::string Read(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
};

}  // namespace carillon::media_probe::testing
