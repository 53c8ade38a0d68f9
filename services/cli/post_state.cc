#include <CLI/CLI.hpp>

#include "common/base/ids.h"
#include "services/cli/app.h"
#include "services/cli/post_args.h"
#include "services/cli/resolve.h"
#include "services/cli/time_args.h"

namespace carillon::cli {
namespace {

struct Options {
  std::string id, import_id, hash, account, published;
  std::vector<std::string> except;
  bool retry = false;
  int part = 0;
  ContentArgs content;
  WhenArgs when;
};

Result<scheduler::v1::Post> GetPost(Session& s, const std::string& id) {
  scheduler::v1::GetPostRequest request;
  request.set_id(id);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.scheduler(), &Scheduler::GetPost, request));
  return response.post();
}

Status Get(Session& s, const Options& options) {
  ASSIGN_OR_RETURN(const auto post, GetPost(s, options.id));
  s.Show(post);
  return Ok();
}

Status Edit(Session& s, const Options& options) {
  const auto& c = options.content;
  if (!c.given()) return Local("nothing to edit; give --text, --media or another part of its content (--help)");
  ASSIGN_OR_RETURN(const auto post, GetPost(s, options.id));
  scheduler::v1::EditPostRequest request;
  request.set_request_id(s.RequestId());
  request.set_id(options.id);
  *request.mutable_content() = post.draft().content();
  RETURN_IF_ERROR(FillText(s, c, *request.mutable_content()));
  RETURN_IF_ERROR(FillMedia(s, c, *request.mutable_content()));
  ASSIGN_OR_RETURN(const auto response, s.Call(s.scheduler(), &Scheduler::EditPost, request));
  s.Show(response.post());
  return Ok();
}

Status Reschedule(Session& s, const Options& options) {
  if (!options.when.given()) return Local("give --at, or --at-local with --zone");
  std::string zone = options.when.zone;
  if (zone.empty()) {
    ASSIGN_OR_RETURN(const auto post, GetPost(s, options.id));
    zone = post.draft().zone();
  }
  ASSIGN_OR_RETURN(const When when, ResolveWhen(s, options.when, zone));
  scheduler::v1::ReschedulePostRequest request;
  request.set_request_id(s.RequestId());
  request.set_id(options.id);
  *request.mutable_due_at() = when.due_at;
  request.set_zone(when.zone);
  request.set_local_time(when.local_time);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.scheduler(), &Scheduler::ReschedulePost, request));
  s.Show(response.post());
  return Ok();
}

Status ApproveImport(Session& s, const Options& options) {
  scheduler::v1::ApproveImportRequest request;
  request.set_request_id(s.RequestId());
  request.set_import_id(options.import_id);
  request.mutable_except()->Assign(options.except.begin(), options.except.end());
  ASSIGN_OR_RETURN(const auto response, s.Call(s.scheduler(), &Scheduler::ApproveImport, request));
  s.Show(response.import());
  return Ok();
}

Status Approve(Session& s, const Options& options) {
  if (!options.import_id.empty()) return ApproveImport(s, options);
  if (options.id.empty()) return Local("which post? give its id, or --import with an import's id");
  scheduler::v1::ApprovePostRequest request;
  request.set_request_id(s.RequestId());
  request.set_id(options.id);
  request.set_content_hash(options.hash);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.scheduler(), &Scheduler::ApprovePost, request));
  s.Show(response.post());
  return Ok();
}

Status Cancel(Session& s, const Options& options) {
  scheduler::v1::CancelPostRequest request;
  request.set_request_id(s.RequestId());
  request.set_id(options.id);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.scheduler(), &Scheduler::CancelPost, request));
  s.Show(response.post());
  return Ok();
}

Status Delete(Session& s, const Options& options) {
  scheduler::v1::DeletePostRequest request;
  request.set_request_id(s.RequestId());
  request.set_id(options.id);
  if (IsId(options.account, "acct")) {
    request.set_account_id(options.account);
  } else if (!options.account.empty()) {
    ASSIGN_OR_RETURN(const auto post, GetPost(s, options.id));
    ASSIGN_OR_RETURN(const auto account, FindAccount(s, options.account, post.draft().brand_id()));
    request.set_account_id(account.id());
  }
  ASSIGN_OR_RETURN(const auto response, s.Call(s.scheduler(), &Scheduler::DeletePost, request));
  s.Show(response.post());
  return Ok();
}

Status Resolve(Session& s, const Options& options) {
  if (options.published.empty() == !options.retry) return Local("give --published URL or --retry");
  ASSIGN_OR_RETURN(const auto post, GetPost(s, options.id));
  std::string account_id = options.account;
  if (!IsId(account_id, "acct")) {
    ASSIGN_OR_RETURN(const auto account, FindAccount(s, options.account, post.draft().brand_id()));
    account_id = account.id();
  }
  publisher::v1::ResolveDeliveryRequest request;
  for (const auto& target : post.targets()) {
    if (target.account_id() != account_id) continue;
    if (options.part == 0) request.set_delivery_id(target.id());
    for (const auto& part : target.parts()) {
      if (part.number() == options.part) request.set_delivery_id(part.delivery_id());
    }
  }
  if (request.delivery_id().empty()) {
    return Local(fmt::format("post {} has no such target{} on account {}", options.id,
                             options.part == 0 ? "" : fmt::format(" (part {})", options.part), options.account));
  }
  request.set_request_id(s.RequestId());
  if (options.retry) {
    request.set_retry(true);
  } else {
    request.set_published_url(options.published);
  }
  ASSIGN_OR_RETURN(const auto response, s.Call(s.publisher(), &Publisher::ResolveDelivery, request));
  s.Show(response.delivery());
  return Ok();
}

// A row for each file on its way, by account and part.
Status Uploads(Session& s, const Options& options) {
  ASSIGN_OR_RETURN(const auto post, GetPost(s, options.id));
  std::vector<Json> rows;
  for (const auto& target : post.targets()) {
    publisher::v1::ListMediaUploadsRequest request;
    request.set_delivery_id(target.id());
    ASSIGN_OR_RETURN(const auto response, s.Call(s.publisher(), &Publisher::ListMediaUploads, request));
    for (const auto& upload : response.uploads()) {
      for (const auto& item : upload.items()) {
        Json row = ToJson(item);
        row.erase("resume");
        row["id"] = upload.id();
        row["account"] = target.account_id();
        row["part"] = upload.part();
        row["upload_state"] = ToJson(upload)["state"];
        row["percent"] = item.media().size_bytes() > 0 ? 100 * item.bytes_done() / item.media().size_bytes() : 0;
        row["error_reason"] = upload.error_reason();
        row["error"] = upload.error();
        rows.push_back(std::move(row));
      }
    }
  }
  s.ShowList(rows, {{"ACCOUNT", "account"},
                    {"PART", "part"},
                    {"FILE", "media.sha256"},
                    {"STATE", "state"},
                    {"%", "percent"},
                    {"GOOD UNTIL", "handle_ends_at"},
                    {"ERROR", "error"}});
  return Ok();
}

using Runner = Status (*)(Session&, const Options&);

std::pair<CLI::App*, std::shared_ptr<Options>> Add(CLI::App* noun, const Verbs& verbs,
                                                   const std::string& name, const std::string& help,
                                                   const std::string& example, Runner run) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(noun, name, help, example);
  verbs.Does(verb, [s = &verbs.session, options, run] { return run(*s, *options); });
  return {verb, options};
}

}  // namespace

void AddPostState(CLI::App* noun, const Verbs& verbs) {
  auto [get, get_options] = Add(noun, verbs, "get", "Show a post and how each target stands",
                                "post get post_2k7...", Get);
  get->add_option("post", get_options->id, "Its id")->required();

  auto [edit, edit_options] = Add(noun, verbs, "edit",
                                  "Change a post's content; voids its approval. What is published is edited once that is given anew",
                                  "post edit post_2k7... --text \"Hello again\"", Edit);
  edit->add_option("post", edit_options->id, "Its id")->required();
  AddContentOptions(edit, edit_options->content);
  AddRemoveOption(edit, edit_options->content.forms);

  auto [move, move_options] = Add(noun, verbs, "reschedule", "Give a post another time",
                                  "post reschedule post_2k7... --at 2027-03-01T10:00:00Z",
                                  Reschedule);
  move->add_option("post", move_options->id, "Its id")->required();
  AddWhenOptions(move, move_options->when);

  auto [approve, approve_options] =
      Add(noun, verbs, "approve", "Approve a post, or all posts of an import",
          "post approve --import imp_9ab... --except launch-101", Approve);
  auto* id = approve->add_option("post", approve_options->id, "Its id");
  auto* import_id = approve->add_option("--import", approve_options->import_id, "An import's id");
  import_id->excludes(id);
  approve->add_option("--except", approve_options->except, "Post or external id; may be given again")
      ->needs(import_id)
      ->take_all();
  approve->add_option("--content-hash", approve_options->hash, "Only if this is still its content")
      ->needs(id);

  auto [cancel, cancel_options] = Add(noun, verbs, "cancel", "Cancel a post that is not out yet",
                                      "post cancel post_2k7...", Cancel);
  cancel->add_option("post", cancel_options->id, "Its id")->required();

  auto [del, delete_options] =
      Add(noun, verbs, "delete", "Take a published post away from its platforms, with what follows it",
          "post delete post_2k7... --account trailkin_au", Delete);
  del->add_option("post", delete_options->id, "Its id")->required();
  del->add_option("--account", delete_options->account, "Only there: username or id (default: everywhere)");

  auto [uploads, uploads_options] =
      Add(noun, verbs, "uploads", "Show how far a post's media are on their way to the platforms",
          "post uploads post_2k7...", Uploads);
  uploads->add_option("post", uploads_options->id, "Its id")->required();

  auto [resolve, resolve_options] =
      Add(noun, verbs, "resolve", "Settle a target that is UNCONFIRMED or HELD",
          "post resolve post_2k7... --account trailkin_au --published https://social.example/@t/1",
          Resolve);
  resolve->add_option("post", resolve_options->id, "Its id")->required();
  resolve->add_option("--account", resolve_options->account, "Username or id")->required();
  auto* url = resolve->add_option("--published", resolve_options->published, "It is there: its URL");
  resolve->add_option("--part", resolve_options->part, "Which of what follows the post, from 1 (default: the post itself)")
      ->check(CLI::Range(0, 25));
  resolve->add_flag("--retry", resolve_options->retry, "It is not there: try again")->excludes(url);
}

}  // namespace carillon::cli
