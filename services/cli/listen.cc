#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "common/base/ids.h"
#include "services/cli/app.h"
#include "services/cli/resolve.h"

namespace carillon::cli {
namespace {

constexpr size_t kFoundMax = 500;  // shown at once

struct Options {
  std::string brand, account, term;
};

Result<std::vector<listener::v1::Collection>> Collections(Session& s, const std::string& brand_id) {
  listener::v1::ListCollectionsRequest request;
  request.set_brand_id(brand_id);
  ASSIGN_OR_RETURN(const auto rows,
                   s.CallPages(s.listener(), &Listener::ListCollections, request,
                               &listener::v1::ListCollectionsResponse::collections));
  return std::vector<listener::v1::Collection>(rows.begin(), rows.end());
}

// The account that was named; else one of the brand's on each platform, for one is enough to find what is public.
Result<std::vector<std::string>> Accounts(Session& s, const Options& options) {
  std::string brand_id;
  if (!options.brand.empty()) {
    ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
    brand_id = brand.id();
  }
  if (!options.account.empty()) {
    ASSIGN_OR_RETURN(const auto account, FindAccount(s, options.account, brand_id));
    return std::vector<std::string>{account.id()};
  }
  if (brand_id.empty()) return Local("give --brand or --account");
  ASSIGN_OR_RETURN(std::vector<listener::v1::Collection> all, Collections(s, brand_id));
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.account_id() < b.account_id(); });
  std::set<std::string> platforms;
  std::vector<std::string> out;
  for (const auto& collection : all) {
    if (collection.connected() && platforms.insert(collection.platform()).second) {
      out.push_back(collection.account_id());
    }
  }
  if (out.empty()) return Local("the brand has no connected account to listen with");
  return out;
}

// Each account's write has an id of its own, the same at each try.
std::string RequestIdOf(Session& s, const std::string& account) { return HashText({s.RequestId(), account}); }

Status Create(Session& s, const Options& options) {
  ASSIGN_OR_RETURN(const std::vector<std::string> accounts, Accounts(s, options));
  std::vector<Json> rows;
  for (const std::string& account : accounts) {
    listener::v1::CreateQueryRequest request;
    request.set_request_id(RequestIdOf(s, account));
    request.set_account_id(account);
    request.set_term(options.term);
    ASSIGN_OR_RETURN(const auto response, s.Call(s.listener(), &Listener::CreateQuery, request));
    rows.push_back({{"account_id", account}, {"platform", response.collection().platform()}, {"term", options.term}});
  }
  s.ShowList(rows, {{"ACCOUNT", "account_id"}, {"PLATFORM", "platform"}, {"TERM", "term"}});
  return Ok();
}

Status List(Session& s, const Options& options) {
  ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
  ASSIGN_OR_RETURN(const auto collections, Collections(s, brand.id()));
  std::vector<Json> rows;
  for (const auto& collection : collections) {
    for (const auto& query : collection.queries()) {
      Json row = ToJson(query);
      row["account_id"] = collection.account_id();
      row["platform"] = collection.platform();
      rows.push_back(std::move(row));
    }
  }
  s.ShowList(rows, {{"TERM", "term"},
                    {"PLATFORM", "platform"},
                    {"ACCOUNT", "account_id"},
                    {"FOUND", "found"},
                    {"LAST ASKED", "last_search_at"},
                    {"LAST ERROR", "last_error"}});
  return Ok();
}

// With all of the brand's accounts that listen for it, or the one that was named.
Status Delete(Session& s, const Options& options) {
  std::vector<std::string> accounts;
  if (options.account.empty() && !options.brand.empty()) {
    ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
    ASSIGN_OR_RETURN(const auto collections, Collections(s, brand.id()));
    for (const auto& collection : collections) {
      if (!collection.queries().empty()) accounts.push_back(collection.account_id());
    }
  } else {
    ASSIGN_OR_RETURN(accounts, Accounts(s, options));
  }
  int deleted = 0;
  Status last = Local("nothing listens with this brand");
  for (const std::string& account : accounts) {
    listener::v1::DeleteQueryRequest request;
    request.set_request_id(RequestIdOf(s, account));
    request.set_account_id(account);
    request.set_term(options.term);
    const auto response = s.Call(s.listener(), &Listener::DeleteQuery, request);
    // Others of the brand's may listen for it.
    if (!response.ok() && ReasonOf(response.status()) != "UNKNOWN_QUERY") return response.status();
    if (response.ok()) ++deleted;
    if (!response.ok()) last = response.status();
  }
  return deleted > 0 ? Ok() : last;
}

Status Found(Session& s, const Options& options) {
  listener::v1::ListFoundRequest request;
  ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
  request.set_brand_id(brand.id());
  request.set_term(options.term);
  ASSIGN_OR_RETURN(const auto items, s.CallPages(s.listener(), &Listener::ListFound, request,
                                                 &listener::v1::ListFoundResponse::items, kFoundMax));
  s.ShowRows(items, {{"ID", "id"},
                     {"TERMS", "terms"},
                     {"AT", "created_at"},
                     {"AUTHOR", "author"},
                     {"TEXT", "text"},
                     {"URL", "status_url"}});
  return Ok();
}

}  // namespace

void AddListen(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("listen", "Terms whose public posts are looked for, and what was found");
  Session* s = &verbs.session;
  auto with_accounts = [](CLI::App* verb, const std::shared_ptr<Options>& options) {
    verb->add_option("--brand", options->brand, "Brand, by name or id");
    verb->add_option("--account", options->account, "Account, by id or username (default: one of each platform)");
    verb->add_option("--term", options->term, "Words in their order, or \"#tag\"")->required();
  };

  auto create = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(noun, "create", "Look for public posts with a term, from now on",
                              "listen create --brand Trailkin --term \"trail shoes\"");
  with_accounts(verb, create);
  verbs.Does(verb, [s, create] { return Create(*s, *create); });

  auto list = std::make_shared<Options>();
  verb = verbs.Verb(noun, "list", "List a brand's terms", "listen list --brand Trailkin");
  verb->add_option("--brand", list->brand, "Brand, by name or id")->required();
  verbs.Does(verb, [s, list] { return List(*s, *list); });

  auto remove = std::make_shared<Options>();
  verb = verbs.Verb(noun, "delete", "Look for a term no more; what it found stays",
                    "listen delete --brand Trailkin --term \"trail shoes\"");
  with_accounts(verb, remove);
  verbs.Does(verb, [s, remove] { return Delete(*s, *remove); });

  auto found = std::make_shared<Options>();
  verb = verbs.Verb(noun, "found", "List what was found, newest first; `inbox reply` answers it",
                    "listen found --brand Trailkin --term \"#trailrun\"");
  verb->add_option("--brand", found->brand, "Brand, by name or id")->required();
  verb->add_option("--term", found->term, "Only of this term");
  verbs.Does(verb, [s, found] { return Found(*s, *found); });
}

}  // namespace carillon::cli
