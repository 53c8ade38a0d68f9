// What Carillon can do on a platform, as data. Every platform says something about every capability; the table in the README, over gRPC
// and from `carillon platform list` is made from this, and a test compares the operations with the platform's own specification.
#pragma once

#include <string_view>
#include <vector>

namespace carillon::platform {

enum class Support {
  kWorks,
  kNotBuilt,       // the platform offers it, Carillon does not do it yet
  kNotOffered,     // the platform has no such thing: see `source`
  kNeedsApproval,  // built, and the platform must approve the app or the account first: see `source`
};
std::string_view SupportName(Support support);  // "works", "not built", "not offered", "needs approval"

struct Capability {
  std::string_view name;  // one of CapabilityNames()
  Support support = Support::kNotBuilt;
  // What it rests on, in the specification's terms: "POST /api/v1/statuses", "com.atproto.repo.putRecord".
  std::vector<std::string_view> operations;
  std::string_view source;  // where the platform says so
};

struct CapabilityName {
  std::string_view name;  // "publish.text"
  std::string_view what;  // for people
};
const std::vector<CapabilityName>& CapabilityNames();

}  // namespace carillon::platform
