#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "services/cli/app.h"
#include "services/cli/outcome.h"
#include "services/cli/session.h"

namespace carillon::cli {
namespace {

struct Options {
  std::string platform;
};

Result<std::vector<publisher::v1::Platform>> Ask(Session& s) {
  ASSIGN_OR_RETURN(const auto response, s.Call(s.publisher(), &Publisher::ListPlatforms,
                                               publisher::v1::ListPlatformsRequest()));
  return std::vector<publisher::v1::Platform>(response.platforms().begin(),
                                              response.platforms().end());
}

// A row for each capability, a column for each platform.
void ShowTable(Session& s, const std::vector<publisher::v1::Platform>& platforms) {
  std::vector<Column> columns = {{"CAPABILITY", "name"}, {"WHAT", "what"}};
  std::vector<Json> rows;
  std::map<std::string, size_t> row_of;
  for (const auto& platform : platforms) {
    columns.push_back({platform.name(), platform.id()});
    for (const auto& capability : platform.capabilities()) {
      const auto [at, added] = row_of.try_emplace(capability.name(), rows.size());
      if (added) rows.push_back({{"name", capability.name()}, {"what", capability.what()}});
      rows[at->second][platform.id()] = ToJson(capability)["support"];
    }
  }
  s.ShowList(rows, columns);
}

Status List(Session& s) {
  ASSIGN_OR_RETURN(auto platforms, Ask(s));
  if (!s.globals.json) {
    ShowTable(s, platforms);
    return Ok();
  }
  for (auto& platform : platforms) platform.clear_facts();
  s.ShowRows(platforms, {});
  return Ok();
}

Status Facts(Session& s, const Options& options) {
  ASSIGN_OR_RETURN(const auto platforms, Ask(s));
  std::string known;
  for (const auto& platform : platforms) {
    if (platform.id() == options.platform) {
      s.ShowRows(std::vector(platform.facts().begin(), platform.facts().end()),
                 {{"FACT", "key"},
                  {"VALUE", "value_json"},
                  {"DATE", "date"},
                  {"EVIDENCE", "evidence"},
                  {"OVERRIDDEN", "overridden"},
                  {"SOURCE", "source"}});
      return Ok();
    }
    known += (known.empty() ? "" : ", ") + platform.id();
  }
  return Local("there is no platform '" + options.platform + "'; there are: " + known);
}

}  // namespace

void AddPlatform(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("platform", "What Carillon can do on each platform");
  Session* s = &verbs.session;
  CLI::App* verb = verbs.Verb(noun, "list", "List what works, what is not built, and what is not offered",
                              "platform list");
  verbs.Does(verb, [s] { return List(*s); });

  auto facts = std::make_shared<Options>();
  verb = verbs.Verb(noun, "facts", "List a platform's limits, prices and names, with their sources",
                    "platform facts mastodon");
  verb->add_option("platform", facts->platform, "The platform")->required();
  verbs.Does(verb, [s, facts] { return Facts(*s, *facts); });
}

}  // namespace carillon::cli
