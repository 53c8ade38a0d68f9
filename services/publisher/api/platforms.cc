// What Carillon can do on each platform, as the registry has it.
#include <algorithm>

#include "services/publisher/api/publisher_api.h"

namespace carillon::publisher {
namespace {

v1::Support ToProto(platform::Support support) {
  switch (support) {
    case platform::Support::kWorks: return v1::SUPPORT_WORKS;
    case platform::Support::kNotBuilt: return v1::SUPPORT_NOT_BUILT;
    case platform::Support::kNotOffered: return v1::SUPPORT_NOT_OFFERED;
    case platform::Support::kNeedsApproval: return v1::SUPPORT_NEEDS_APPROVAL;
  }
  return v1::SUPPORT_UNSPECIFIED;
}

std::string WhatOf(std::string_view name) {
  const auto& names = platform::CapabilityNames();
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](const platform::CapabilityName& one) { return one.name == name; });
  return found == names.end() ? "" : std::string(found->what);
}

void Fill(const platform::Registry::Entry& entry, v1::Platform* out) {
  out->set_id(entry.facts->platform());
  out->set_name(entry.facts->name());
  out->set_facts_version(entry.facts->version());
  for (const platform::Capability& capability : *entry.capabilities) {
    v1::PlatformCapability* to = out->add_capabilities();
    to->set_name(std::string(capability.name));
    to->set_what(WhatOf(capability.name));
    to->set_support(ToProto(capability.support));
    for (const std::string_view operation : capability.operations) {
      to->add_operations(std::string(operation));
    }
    to->set_source(std::string(capability.source));
  }
  for (const auto& [key, fact] : entry.facts->all()) {
    v1::PlatformFact* to = out->add_facts();
    to->set_key(key);
    to->set_value_json(fact.value.dump());
    to->set_source(fact.source);
    to->set_date(absl::FormatCivilTime(fact.date));
    to->set_evidence(std::string(platform::EvidenceName(fact.evidence)));
    to->set_overridden(fact.overridden);
  }
}

}  // namespace

PublisherApi::Reactor* PublisherApi::ListPlatforms(Context* context,
                                                   const v1::ListPlatformsRequest* request,
                                                   v1::ListPlatformsResponse* response) {
  return router_.Blocking(context, request, response, [this, response](rpc::Call& call) {
    if (Status allowed = call.Authorize("platform.read", ""); !allowed.ok()) {
      return call.Finish(allowed);
    }
    for (const auto& [name, entry] : platforms_.entries()) {
      if (entry.facts != nullptr) Fill(entry, response->add_platforms());
    }
    call.Finish(Ok());
  });
}

}  // namespace carillon::publisher
