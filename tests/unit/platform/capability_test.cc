// The capability table is whole, true to the platforms' specifications, and the one in the README.
#include "common/platform/capability.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "common/base/testing/fake_clock.h"
#include "common/platform/registry.h"
#include "common/platform/table.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::platform {
namespace {

using Json = nlohmann::json;

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class CapabilityTest : public ::testing::Test {
 protected:
  carillon::testing::FakeClock clock_;
  http::testing::FakeHttpClient client_;
  const Registry registry_ = *Registry::MakeAll(client_, clock_);
};

TEST_F(CapabilityTest, EachPlatformSaysSomethingAboutEach) {
  std::set<std::string_view> names;
  for (const CapabilityName& name : CapabilityNames()) names.insert(name.name);
  for (const auto& [platform, entry] : registry_.entries()) {
    std::set<std::string_view> said;
    for (const Capability& capability : *entry.capabilities) {
      EXPECT_TRUE(names.contains(capability.name)) << platform << " " << capability.name;
      EXPECT_TRUE(said.insert(capability.name).second) << platform << " says twice " << capability.name;
      const bool rests = !capability.operations.empty();
      EXPECT_EQ(rests, capability.support != Support::kNotOffered) << platform << " " << capability.name;
      const bool needs_source =
          capability.support == Support::kNotOffered || capability.support == Support::kNeedsApproval;
      EXPECT_TRUE(!needs_source || !capability.source.empty()) << platform << " " << capability.name;
    }
    EXPECT_EQ(said, names) << platform;
  }
}

// "GET /a/{id}" of an OpenAPI file.
std::set<std::string> OperationsOf(const std::string& path) {
  std::set<std::string> out;
  const Json spec = Json::parse(ReadAll(path));
  for (const auto& [route, methods] : spec.at("paths").items()) {
    for (const auto& [method, operation] : methods.items()) {
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(toupper(c));
      out.insert(upper + " " + route);
    }
  }
  return out;
}

// "com.atproto.repo.putRecord" of a folder of lexicons.
std::set<std::string> MethodsOf(const std::string& folder) {
  std::set<std::string> out;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (file.path().extension() != ".json") continue;
    const Json lexicon = Json::parse(ReadAll(file.path()));
    const std::string type = lexicon.at("defs").value("main", Json::object()).value("type", "");
    if (type == "query" || type == "procedure" || type == "subscription") out.insert(lexicon.at("id"));
  }
  return out;
}

TEST_F(CapabilityTest, WhatTheyRestOnIsInTheSpecifications) {
  const char* data = std::getenv("CARILLON_CONFORMANCE_DATA");
  if (data == nullptr) GTEST_SKIP() << "CARILLON_CONFORMANCE_DATA is not set";
  ASSERT_TRUE(std::filesystem::is_directory(data)) << data;
  const std::map<std::string, std::string> specs = {{"bluesky", "/lexicons"},
                                                    {"mastodon", "/specs/mastodon/openapi-4.7.json"},
                                                    {"x", "/specs/x/openapi-2.167.json"}};
  for (const auto& [platform, entry] : registry_.entries()) {
    ASSERT_TRUE(specs.contains(platform)) << platform << ": which specification?";
    const std::string spec = data + specs.at(platform);
    const std::set<std::string> known =
        std::filesystem::is_directory(spec) ? MethodsOf(spec) : OperationsOf(spec);
    for (const Capability& capability : *entry.capabilities) {
      for (const std::string_view operation : capability.operations) {
        EXPECT_TRUE(known.contains(std::string(operation))) << platform << " has no " << operation;
      }
    }
  }
}

TEST_F(CapabilityTest, TheReadmeHasTheTable) {
  const std::string table = CapabilityTable(registry_);
  EXPECT_NE(ReadAll(PLATFORM_README).find(table), std::string::npos)
      << "common/platform/README.md should have:\n" << table;
}

}  // namespace
}  // namespace carillon::platform
