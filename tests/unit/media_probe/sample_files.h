// Small media files, made by the same packages' programs, and bytes put into them.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "common/confined/confined.h"
#include "common/media_probe/media_probe.h"
#include "tests/support/child_process.h"

namespace carillon::media_probe {

inline std::string ReadAll(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

class SampleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const Status there = MakeMediaProbe()->Check();
    ASSERT_TRUE(there.ok()) << ToString(there) << "; run deploy/setup";
  }

  // A program of /usr/bin writes `name` into the sample folder; its bytes.
  std::string Make(const std::string& name, std::vector<std::string> command) const {
    confined::Program program;
    command[0] = "/usr/bin/" + command[0];
    command.push_back(samples_.path() + "/" + name);
    program.command = std::move(command);
    program.environment = {"PATH=/usr/bin"};
    program.work_folder = samples_.path();
    program.wall_time_max = absl::Minutes(10);
    const auto ended = confined::Run(program);
    EXPECT_TRUE(ended.ok() && ended->ok()) << name << ": " << (ended.ok() ? ended->errors : ToString(ended.status()));
    return ReadAll(samples_.path() + "/" + name);
  }
  std::string Picture(const std::string& name, int width = 64, int height = 48) const {
    return Make(name, {"ffmpeg", "-v", "error", "-f", "lavfi", "-i",
                       fmt::format("testsrc=size={}x{}:rate=1:duration=1", width, height), "-frames:v", "1"});
  }
  // Five frames.
  std::string Moving(const std::string& name, std::vector<std::string> options = {}) const {
    std::vector<std::string> command = {"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=5:duration=1"};
    command.insert(command.end(), options.begin(), options.end());
    return Make(name, command);
  }
  std::string Write(const std::string& name, const std::string& bytes) const { return samples_.Write(name, bytes); }

  Result<MediaFacts> Probe(const std::string& path, const std::string& mime_type) {
    return probe_->Probe(path, mime_type, work_.path());
  }
  Result<MediaFacts> ProbeBytes(const std::string& bytes, const std::string& mime_type) {
    return Probe(Write("sample", bytes), mime_type);
  }
  // The copy, which has to be clean.
  Result<std::string> Clean(const std::string& path, const std::string& mime_type) {
    ASSIGN_OR_RETURN(const MediaFacts facts, Probe(path, mime_type));
    EXPECT_TRUE(facts.is_private);
    ASSIGN_OR_RETURN(const std::string clean, probe_->WriteClean(path, facts, work_.path()));
    ASSIGN_OR_RETURN(const MediaFacts after, Probe(clean, mime_type));
    EXPECT_FALSE(after.is_private);
    EXPECT_EQ(after.width, facts.width);
    EXPECT_EQ(after.height, facts.height);
    EXPECT_EQ(after.frames, facts.frames);
    return ReadAll(clean);
  }

  // Generous in wall time only: this machine may be busy.
  ProbeLimits limits_ = {.wall_time_max = absl::Minutes(10)};
  std::unique_ptr<MediaProbe> probe_ = MakeMediaProbe(limits_);
  testing::TempDir samples_;
  testing::TempDir work_;
};

}  // namespace carillon::media_probe
