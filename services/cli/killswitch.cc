#include <CLI/CLI.hpp>

#include "services/cli/app.h"
#include "services/cli/resolve.h"

namespace carillon::cli {
namespace {

struct Options {
  std::string brand, reason, id;
  bool all_brands = false;
};

// Fills the brand and its organization; with --all-brands the organization alone.
template <typename Request>
Status FillScope(Session& s, const Options& options, Request& request) {
  if (options.brand.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_org_id(), OrgId(s));
    return Ok();
  }
  ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
  request.set_org_id(brand.org_id());
  request.set_brand_id(brand.id());
  return Ok();
}

Status On(Session& s, const Options& options) {
  if (options.brand.empty() != options.all_brands) return Local("give --brand or --all-brands");
  scheduler::v1::SetKillSwitchRequest request;
  RETURN_IF_ERROR(FillScope(s, options, request));
  request.set_request_id(s.RequestId());
  request.set_reason(options.reason);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.scheduler(), &Scheduler::SetKillSwitch, request));
  s.Show(response.kill_switch());
  return Ok();
}

Status Off(Session& s, const Options& options) {
  const int given = !options.brand.empty() + !options.id.empty() + options.all_brands;
  if (given != 1) return Local("give the kill switch's id, --brand or --all-brands");
  scheduler::v1::EndKillSwitchRequest request;
  RETURN_IF_ERROR(FillScope(s, options, request));
  request.set_request_id(s.RequestId());
  request.set_id(options.id);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.scheduler(), &Scheduler::EndKillSwitch, request));
  s.Show(response.kill_switch());
  return Ok();
}

}  // namespace

void AddKillSwitch(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("killswitch", "Kill switches: nothing goes out while one is on");
  Session* s = &verbs.session;

  auto on = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(noun, "on", "Stop a brand's sending at once",
                              "killswitch on --brand Trailkin --reason \"wrong price\"");
  verb->add_option("--brand", on->brand, "Brand, by name or id");
  verb->add_flag("--all-brands", on->all_brands, "The whole organization");
  verb->add_option("--reason", on->reason, "Why, for everybody who sees it")->required();
  verbs.Does(verb, [s, on] { return On(*s, *on); });

  auto off = std::make_shared<Options>();
  verb = verbs.Verb(noun, "off", "Let it send again", "killswitch off --brand Trailkin");
  verb->add_option("id", off->id, "The kill switch's id");
  verb->add_option("--brand", off->brand, "Brand, by name or id");
  verb->add_flag("--all-brands", off->all_brands, "The whole organization's");
  verbs.Does(verb, [s, off] { return Off(*s, *off); });

  verb = verbs.Verb(noun, "list", "What is on now", "killswitch list");
  verbs.Does(verb, [s]() -> Status {
    scheduler::v1::ListKillSwitchesRequest request;
    ASSIGN_OR_RETURN(*request.mutable_org_id(), OrgId(*s));
    ASSIGN_OR_RETURN(const auto response,
                     s->Call(s->scheduler(), &Scheduler::ListKillSwitches, request));
    const std::vector<scheduler::v1::KillSwitch> rows(response.active().begin(),
                                                      response.active().end());
    s->ShowRows(rows, {{"ID", "id"},
                       {"BRAND", "brand_id"},
                       {"REASON", "reason"},
                       {"SET BY", "set_by"},
                       {"SET AT", "set_at"}});
    return Ok();
  });
}

}  // namespace carillon::cli
