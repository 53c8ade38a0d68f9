#include <CLI/CLI.hpp>

#include "services/cli/app.h"
#include "services/cli/period.h"
#include "services/cli/post_args.h"
#include "services/cli/resolve.h"

namespace carillon::cli {
namespace {

struct CreateOptions {
  std::string brand, campaign, external_id, stale_policy;
  int stale_after_s = 0;
  std::vector<std::string> accounts;
  ContentArgs content;
  WhenArgs when;
  bool approve = false;
};

Status Create(Session& s, const CreateOptions& options) {
  scheduler::v1::CreatePostRequest request;
  auto& draft = *request.mutable_draft();
  const auto& text = options.content;
  if (text.text.empty() && text.text_file.empty() && text.media.empty()) {
    return Local("a post needs --text, --text-file or --media");
  }
  if (!options.stale_policy.empty()) {
    ASSIGN_OR_RETURN(const int policy, ParseEnum(*scheduler::v1::StalePolicy_descriptor(),
                                                 options.stale_policy));
    draft.set_stale_policy(static_cast<scheduler::v1::StalePolicy>(policy));
  }
  // What can be wrong here comes before the first call.
  RETURN_IF_ERROR(FillText(s, options.content, *draft.mutable_content()));
  if (options.when.given() && !options.when.zone.empty()) {
    RETURN_IF_ERROR(ResolveWhen(s, options.when, "").status());
  }
  ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
  draft.set_org_id(brand.org_id());
  draft.set_brand_id(brand.id());
  draft.set_zone(brand.timezone());
  if (options.when.given()) {
    ASSIGN_OR_RETURN(const When when, ResolveWhen(s, options.when, brand.timezone()));
    *draft.mutable_due_at() = when.due_at;
    draft.set_zone(when.zone);
    draft.set_local_time(when.local_time);
  }
  for (const std::string& name : options.accounts) {
    ASSIGN_OR_RETURN(const auto account, FindAccount(s, name, brand.id()));
    draft.add_account_ids(account.id());
  }
  ASSIGN_OR_RETURN(*draft.mutable_campaign_id(), CampaignId(s, options.campaign, brand.id()));
  draft.set_external_id(options.external_id);
  draft.set_stale_after_s(options.stale_after_s);
  request.set_request_id(s.RequestId());
  request.set_approve(options.approve);
  RETURN_IF_ERROR(FillMedia(s, options.content, *draft.mutable_content()));
  ASSIGN_OR_RETURN(const auto response, s.Call(s.scheduler(), &Scheduler::CreatePost, request));
  s.Show(response.post());
  return Ok();
}

struct ListOptions {
  std::string brand, state;
  Period period;
  size_t limit = 0;
};

Status List(Session& s, const ListOptions& options) {
  scheduler::v1::ListPostsRequest request;
  if (!options.state.empty()) {
    ASSIGN_OR_RETURN(const int state,
                     ParseEnum(*scheduler::v1::PostState_descriptor(), options.state));
    request.set_state(static_cast<scheduler::v1::PostState>(state));
  }
  RETURN_IF_ERROR(FillPeriod(s, options.brand, options.period, request));
  ASSIGN_OR_RETURN(const auto posts,
                   s.CallPages(s.scheduler(), &Scheduler::ListPosts, request,
                               &scheduler::v1::ListPostsResponse::posts, options.limit));
  s.ShowRows(posts, {{"ID", "id"},
                     {"STATE", "state"},
                     {"DUE", "draft.due_at"},
                     {"EXTERNAL ID", "draft.external_id"},
                     {"TEXT", "draft.content.text"}});
  return Ok();
}

void AddList(CLI::App* noun, const Verbs& verbs) {
  Session* s = &verbs.session;
  auto list = std::make_shared<ListOptions>();
  CLI::App* verb = verbs.Verb(noun, "list", "List posts by due time",
                              "post list --brand Trailkin --state held --from 2027-03-01");
  verb->add_option("--brand", list->brand, "Only this brand's");
  verb->add_option("--state", list->state, "Only in this state: draft, scheduled, published, ...");
  verb->add_option("--from", list->period.from, "Due then or later: RFC 3339, or a day");
  verb->add_option("--to", list->period.to, "Due before: RFC 3339, or a day");
  verb->add_option("--limit", list->limit, "At most so many (default: all)");
  verbs.Does(verb, [s, list] { return List(*s, *list); });
}

}  // namespace

void AddPost(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("post", "Posts");
  Session* s = &verbs.session;

  auto create = std::make_shared<CreateOptions>();
  CLI::App* verb = verbs.Verb(noun, "create", "Create a post; without a time it is a draft",
                              "post create --brand Trailkin --account trailkin_au --text \"Hello\""
                              " --at-local \"2027-03-01 10:00\" --zone Australia/Sydney --approve");
  verb->add_option("--brand", create->brand, "Brand, by name or id")->required();
  verb->add_option("--account", create->accounts, "Account, by username or id; may be given again")
      ->required()
      ->take_all()->allow_extra_args(false);
  AddContentOptions(verb, create->content);
  AddWhenOptions(verb, create->when);
  verb->add_option("--campaign", create->campaign, "Campaign, by name or id");
  verb->add_option("--external-id", create->external_id, "Your own id, unique in the brand");
  verb->add_option("--if-late", create->stale_policy, "hold (default) or expire");
  verb->add_option("--late-after", create->stale_after_s, "Seconds after which it is too late")
      ->check(CLI::Range(0, 86'400 * 30));
  verb->add_flag("--approve", create->approve, "Approve it in the same step");
  verbs.Does(verb, [s, create] { return Create(*s, *create); });

  AddList(noun, verbs);
  AddPostState(noun, verbs);
}

}  // namespace carillon::cli
