#include <CLI/CLI.hpp>

#include "services/cli/app.h"
#include "services/cli/resolve.h"

namespace carillon::cli {
namespace {

struct Options {
  std::string brand;
};

Status List(Session& s, const Options& options) {
  listener::v1::ListCollectionsRequest request;
  if (!options.brand.empty()) {
    ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
    request.set_brand_id(brand.id());
  }
  ASSIGN_OR_RETURN(const auto rows,
                   s.CallPages(s.listener(), &Listener::ListCollections, request,
                               &listener::v1::ListCollectionsResponse::collections));
  s.ShowRows(rows, {{"ACCOUNT", "account_id"},
                    {"PLATFORM", "platform"},
                    {"CONNECTED", "connected"},
                    {"LAST READ", "last_success_at"},
                    {"NEXT", "next_poll_at"},
                    {"FAILURES", "failures"},
                    {"LAST ERROR", "last_error"}});
  return Ok();
}

}  // namespace

void AddCollection(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("collection", "What is read from each account, and how fresh it is");
  Session* s = &verbs.session;
  auto list = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(noun, "list", "List accounts with the time of their last reading",
                              "collection list --brand Trailkin");
  verb->add_option("--brand", list->brand, "Brand, by name or id (default: all)");
  verbs.Does(verb, [s, list] { return List(*s, *list); });
}

}  // namespace carillon::cli
