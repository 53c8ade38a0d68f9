#include "common/platform/registry.h"

#include <fmt/ranges.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/base/check.h"
#include "common/platform/bluesky/capabilities.h"
#include "common/platform/bluesky/collector.h"
#include "common/platform/bluesky/connector.h"
#include "common/platform/bluesky/facts.h"
#include "common/platform/bluesky/oauth.h"
#include "common/platform/bluesky/streamer.h"
#include "common/platform/mastodon/capabilities.h"
#include "common/platform/mastodon/collector.h"
#include "common/platform/mastodon/facts.h"
#include "common/platform/mastodon/oauth.h"
#include "common/platform/mastodon/streamer.h"
#include "common/platform/x/capabilities.h"
#include "common/platform/x/collector.h"
#include "common/platform/x/connector.h"
#include "common/platform/x/facts.h"
#include "common/platform/x/oauth.h"
#include "common/platform/x/streamer.h"
#include "common/platform/x/webhook.h"

namespace carillon::platform {
namespace {

Status BadFacts(const std::string& where, std::string_view what) {
  return Refuse(Code::kInvalidArgument, "BAD_FACTS", fmt::format("{}: {}", where, what),
                {{"where", where}});
}

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return BadFacts(path, "cannot be read");
  return text.str();
}

}  // namespace

Result<Registry> Registry::MakeAll(http::HttpClient& client, const Clock& clock,
                                   const Options& options) {
  Registry registry;
  {
    ASSIGN_OR_RETURN(const Facts* facts, registry.AddFacts(bluesky::FactsJson(), bluesky::Capabilities(),
                                                           options.facts_dir));
    registry.Add(bluesky::MakeConnector(client, clock, *facts));
    registry.Add(bluesky::MakeCollector(client, clock));
    registry.Add(bluesky::MakeStreamer(
        client, clock, options.jetstream_url.empty() ? facts->Text("stream.jetstream_url") : options.jetstream_url));
    registry.Add(bluesky::MakeOAuth(client, clock, *facts));
  }
  {
    ASSIGN_OR_RETURN(const Facts* facts, registry.AddFacts(mastodon::FactsJson(), mastodon::Capabilities(),
                                                           options.facts_dir));
    registry.Add(mastodon::MakeConnector(client, clock, *facts, options.mastodon));
    registry.Add(mastodon::MakeCollector(client, clock));
    registry.Add(mastodon::MakeStreamer(client, clock));
    registry.Add(mastodon::MakeOAuth(client, *facts));
  }
  {
    ASSIGN_OR_RETURN(const Facts* facts, registry.AddFacts(x::FactsJson(), x::Capabilities(), options.facts_dir));
    registry.Add(x::MakeConnector(client, clock, *facts));
    registry.Add(x::MakeCollector(client, clock, *facts));
    registry.Add(x::MakeStreamer(client, clock, *facts));
    registry.Add(x::MakeOAuth(client, clock, *facts));
    registry.Add(x::MakeWebhook(client, clock));
  }
  RETURN_IF_ERROR(registry.CheckOverrides(options.facts_dir));
  return registry;
}

Result<Facts*> Registry::AddFacts(std::string_view json, const std::vector<Capability>& capabilities,
                                  const std::string& facts_dir) {
  Result<Facts> facts = Facts::Parse(json, "facts.json");
  CARILLON_CHECK(facts.ok(), "a platform's own facts: {}", ToString(facts.status()));
  const std::string path = facts_dir + "/" + facts->platform() + ".json";
  if (!facts_dir.empty() && std::filesystem::exists(path)) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
    RETURN_IF_ERROR(facts->Override(text, path));
  }
  Entry& entry = entries_[facts->platform()];
  entry.facts = std::make_unique<Facts>(*std::move(facts));
  entry.capabilities = &capabilities;
  return entry.facts.get();
}

// A file that nobody reads is a mistake in its name.
Status Registry::CheckOverrides(const std::string& facts_dir) const {
  if (facts_dir.empty()) return Ok();
  std::error_code error;
  for (std::filesystem::directory_iterator file(facts_dir, error), end; !error && file != end; file.increment(error)) {
    if (file->path().extension() != ".json") continue;
    RETURN_IF_ERROR(entries_.contains(file->path().stem()) ? Ok() : Unknown(file->path().stem()));
  }
  return error ? BadFacts(facts_dir, error.message()) : Ok();
}

void Registry::Add(std::unique_ptr<Connector> connector) {
  Entry& entry = entries_[connector->Platform()];
  CARILLON_CHECK(entry.connector == nullptr, "two connectors for {}", connector->Platform());
  entry.connector = std::move(connector);
}

void Registry::Add(std::unique_ptr<Collector> collector) {
  Entry& entry = entries_[collector->Platform()];
  CARILLON_CHECK(entry.collector == nullptr, "two collectors for {}", collector->Platform());
  entry.collector = std::move(collector);
}

void Registry::Add(std::unique_ptr<Streamer> streamer) {
  Entry& entry = entries_[streamer->Platform()];
  CARILLON_CHECK(entry.streamer == nullptr, "two streamers for {}", streamer->Platform());
  entry.streamer = std::move(streamer);
}

void Registry::Add(std::unique_ptr<OAuth> oauth) {
  Entry& entry = entries_[oauth->Platform()];
  CARILLON_CHECK(entry.oauth == nullptr, "two ways of OAuth for {}", oauth->Platform());
  entry.oauth = std::move(oauth);
}

void Registry::Add(std::unique_ptr<Webhook> webhook) {
  Entry& entry = entries_[webhook->Platform()];
  CARILLON_CHECK(entry.webhook == nullptr, "two webhooks for {}", webhook->Platform());
  entry.webhook = std::move(webhook);
}

Result<Connector*> Registry::FindConnector(const std::string& platform) const {
  const auto found = entries_.find(platform);
  if (found == entries_.end() || found->second.connector == nullptr) return Unknown(platform);
  return found->second.connector.get();
}

Result<Collector*> Registry::FindCollector(const std::string& platform) const {
  const auto found = entries_.find(platform);
  if (found == entries_.end() || found->second.collector == nullptr) return Unknown(platform);
  return found->second.collector.get();
}

Streamer* Registry::FindStreamer(const std::string& platform) const {
  const auto found = entries_.find(platform);
  return found == entries_.end() ? nullptr : found->second.streamer.get();
}

Result<OAuth*> Registry::FindOAuth(const std::string& platform) const {
  const auto found = entries_.find(platform);
  if (found == entries_.end() || found->second.connector == nullptr) return Unknown(platform);
  if (found->second.oauth != nullptr) return found->second.oauth.get();
  return Refuse(Code::kFailedPrecondition, "OAUTH_NOT_BUILT",
                fmt::format("accounts of {} are not connected by OAuth here; connect with a token", platform),
                {{"platform", platform}});
}

Result<Webhook*> Registry::FindWebhook(const std::string& platform) const {
  const auto found = entries_.find(platform);
  if (found == entries_.end()) return Unknown(platform);
  if (found->second.webhook != nullptr) return found->second.webhook.get();
  return Refuse(Code::kFailedPrecondition, "WEBHOOKS_NOT_BUILT", fmt::format("{} pushes nothing here", platform),
                {{"platform", platform}});
}

Status Registry::Unknown(const std::string& platform) const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  const std::string known = fmt::format("{}", fmt::join(names, ", "));
  return Refuse(Code::kInvalidArgument, "UNKNOWN_PLATFORM",
                fmt::format("there is no platform '{}'; there are: {}", platform, known),
                {{"platform", platform}, {"known", known}});
}

}  // namespace carillon::platform
