#include "services/scheduler/api/scheduler_api.h"

#include "common/base/ids.h"
#include "common/rpc/metadata.h"
#include "services/scheduler/api/queries.h"
#include "services/scheduler/domain/kill_decisions.h"
#include "services/scheduler/domain/post_rules.h"
#include "services/scheduler/domain/records.h"

namespace carillon::scheduler {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

constexpr int kStreamThreads = 4;
constexpr size_t kStreamStepsMax = 64;

const v1::SchedulerRecord& Typed(const ledger::Answer& answer) {
  return static_cast<const v1::SchedulerRecord&>(*answer.record);
}

// The post of the answer as the response's `post`.
template <typename Response>
void FillPost(const ledger::Answer& answer, Response* response) {
  *response->mutable_post() = Typed(answer).post();
}

rpc::CommandSpec PostCommand(std::string action, const std::string& id) {
  return {.action = std::move(action), .resource = id, .aggregate_id = id};
}

// Ids come from callers: what is none cannot exist.
Status CheckPostId(const std::string& id) { return IsId(id, "post") ? Ok() : UnknownPost(id); }

// What its owner knows of the post; UNKNOWN_POST.
Result<v1::Post> PostOf(rpc::Router& router, const std::string& id, absl::Time deadline) {
  RETURN_IF_ERROR(CheckPostId(id));
  const ledger::Answer answer = router.GetAndWait(id, deadline);
  RETURN_IF_ERROR(answer.status);
  if (answer.record == nullptr || !Typed(answer).has_post()) return UnknownPost(id);
  return Typed(answer).post();
}

}  // namespace

SchedulerApi::SchedulerApi(rpc::Router& router, ledger::Reader& reader, Directories directories,
                           MediaStore& media, const Clock& clock)
    : router_(router), reader_(reader), checker_(directories, media), importer_(router, checker_),
      clock_(clock), streams_("streams", kStreamThreads, kStreamStepsMax) {}

Status SchedulerApi::Allow(const CallbackServerContext& context, const std::string& action,
                           const std::string& resource) const {
  ASSIGN_OR_RETURN(const auth::Principal principal, router_.Authenticate(context));
  return router_.Authorize(principal, action, resource);
}

ServerUnaryReactor* SchedulerApi::CreatePost(CallbackServerContext* context,
                                             const v1::CreatePostRequest* request,
                                             v1::CreatePostResponse* response) {
  return router_.Blocking(context, request, response, [this, request, response](rpc::Call& call) {
    if (Status s = call.Authorize("post.create", request->draft().org_id()); !s.ok()) {
      return call.Finish(s);
    }
    if (Status s = rpc::CheckRequestId(request->request_id()); !s.ok()) return call.Finish(s);
    auto body = std::make_shared<v1::CreatePostRequest>(*request);
    v1::PostDraft* draft = body->mutable_draft();
    std::string column;
    if (Status s = checker_.Complete(draft, &column); !s.ok()) return call.Finish(s);
    rpc::CommandSpec spec{.action = "post.create",
                          .resource = draft->org_id(),
                          .org_id = draft->org_id(),
                          .brand_id = draft->brand_id()};
    if (draft->external_id().empty()) {
      spec.aggregate_id = MakeId("post", {draft->org_id(), request->request_id()});
      spec.creates = true;
    } else {
      spec.aggregate_id = ImportedPostId(*draft, "");
    }
    spec.body = std::move(body);
    call.Submit(std::move(spec),
                [response](const ledger::Answer& answer) { FillPost(answer, response); });
  });
}

ServerUnaryReactor* SchedulerApi::GetPost(CallbackServerContext* context,
                                          const v1::GetPostRequest* request,
                                          v1::GetPostResponse* response) {
  return router_.Read<v1::GetPostRequest, v1::GetPostResponse>(
      context, request, response, "post.read", request->id(),
      [id = request->id()](const ledger::Answer& answer, v1::GetPostResponse* out) -> Status {
        if (answer.record == nullptr || !Typed(answer).has_post()) return UnknownPost(id);
        FillPost(answer, out);
        return Ok();
      });
}

ServerUnaryReactor* SchedulerApi::ListPosts(CallbackServerContext* context,
                                            const v1::ListPostsRequest* request,
                                            v1::ListPostsResponse* response) {
  return router_.Blocking(
      context, request, response, [this, context, request, response](rpc::Call& call) {
        Status status = call.Authorize("post.read", request->brand_id());
        auto at_least = rpc::AtLeast(*context);
        if (status.ok()) status = at_least.status();
        if (!status.ok()) return call.Finish(status);
        auto page = scheduler::ListPosts(*request, *std::move(at_least), reader_);
        if (page.ok()) *response = *std::move(page);
        call.Finish(page.status());
      });
}

ServerUnaryReactor* SchedulerApi::EditPost(CallbackServerContext* context,
                                           const v1::EditPostRequest* request,
                                           v1::EditPostResponse* response) {
  return router_.Blocking(context, request, response, [this, request, response](rpc::Call& call) {
    Status status = call.Authorize("post.edit", request->id());
    if (!status.ok()) return call.Finish(status);
    const auto known = PostOf(router_, request->id(), call.deadline());
    if (!known.ok()) return call.Finish(known.status());
    auto body = std::make_shared<v1::EditPostRequest>(*request);
    std::string column;
    status = checker_.CompleteContent(known->draft(), body->mutable_content(), &column);
    if (status.ok()) status = checker_.CheckEdit(*known);
    if (!status.ok()) return call.Finish(status);
    rpc::CommandSpec spec = PostCommand("post.edit", request->id());
    spec.body = std::move(body);
    call.Submit(std::move(spec),
                [response](const ledger::Answer& answer) { FillPost(answer, response); });
  });
}

ServerUnaryReactor* SchedulerApi::ReschedulePost(CallbackServerContext* context,
                                                 const v1::ReschedulePostRequest* request,
                                                 v1::ReschedulePostResponse* response) {
  return router_.Blocking(context, request, response, [this, request, response](rpc::Call& call) {
    Status status = call.Authorize("post.reschedule", request->id());
    if (!status.ok()) return call.Finish(status);
    v1::PostDraft when;
    when.set_zone(request->zone());
    if (when.zone().empty()) {
      const auto known = PostOf(router_, request->id(), call.deadline());
      if (!known.ok()) return call.Finish(known.status());
      when.set_zone(known->draft().zone());
    }
    if (when.zone().empty()) when.set_zone("UTC");
    when.set_local_time(request->local_time());
    if (request->has_due_at()) *when.mutable_due_at() = request->due_at();
    std::string column;
    if (Status s = CompleteTime(&when, &column); !s.ok()) return call.Finish(s);
    auto body = std::make_shared<v1::ReschedulePostRequest>(*request);
    body->set_zone(when.zone());
    body->set_local_time(when.local_time());
    if (when.has_due_at()) *body->mutable_due_at() = when.due_at();
    rpc::CommandSpec spec = PostCommand("post.reschedule", request->id());
    spec.body = std::move(body);
    call.Submit(std::move(spec),
                [response](const ledger::Answer& answer) { FillPost(answer, response); });
  });
}

ServerUnaryReactor* SchedulerApi::ApprovePost(CallbackServerContext* context,
                                              const v1::ApprovePostRequest* request,
                                              v1::ApprovePostResponse* response) {
  return router_.Command<v1::ApprovePostRequest, v1::ApprovePostResponse>(
      context, request, response, PostCommand("post.approve", request->id()),
      FillPost<v1::ApprovePostResponse>);
}

ServerUnaryReactor* SchedulerApi::CancelPost(CallbackServerContext* context,
                                             const v1::CancelPostRequest* request,
                                             v1::CancelPostResponse* response) {
  return router_.Command<v1::CancelPostRequest, v1::CancelPostResponse>(
      context, request, response, PostCommand("post.cancel", request->id()),
      FillPost<v1::CancelPostResponse>);
}

ServerUnaryReactor* SchedulerApi::DeletePost(CallbackServerContext* context,
                                             const v1::DeletePostRequest* request,
                                             v1::DeletePostResponse* response) {
  return router_.Command<v1::DeletePostRequest, v1::DeletePostResponse>(
      context, request, response, PostCommand("post.delete", request->id()),
      FillPost<v1::DeletePostResponse>);
}

ServerUnaryReactor* SchedulerApi::GetImport(CallbackServerContext* context,
                                            const v1::GetImportRequest* request,
                                            v1::GetImportResponse* response) {
  return router_.Read<v1::GetImportRequest, v1::GetImportResponse>(
      context, request, response, "post.read", request->id(),
      [id = request->id()](const ledger::Answer& answer, v1::GetImportResponse* out) -> Status {
        if (answer.record == nullptr || !Typed(answer).has_import()) return UnknownImport(id);
        *out->mutable_import() = Typed(answer).import();
        return Ok();
      });
}

ServerUnaryReactor* SchedulerApi::ApproveImport(CallbackServerContext* context,
                                                const v1::ApproveImportRequest* request,
                                                v1::ApproveImportResponse* response) {
  return router_.Blocking(context, request, response, [this, request, response](rpc::Call& call) {
    Status status = call.Authorize("post.approve", request->import_id());
    if (status.ok() && !IsId(request->import_id(), "imp")) {
      status = UnknownImport(request->import_id());
    }
    if (status.ok()) status = CheckExcept(*request, reader_);
    if (!status.ok()) return call.Finish(status);
    call.Submit(PostCommand("post.approve", request->import_id()),
                [response](const ledger::Answer& answer) {
                  *response->mutable_import() = Typed(answer).import();
                });
  });
}

ServerUnaryReactor* SchedulerApi::SetKillSwitch(CallbackServerContext* context,
                                                const v1::SetKillSwitchRequest* request,
                                                v1::SetKillSwitchResponse* response) {
  return router_.Blocking(context, request, response, [this, request, response](rpc::Call& call) {
    if (Status s = call.Authorize("kill_switch.set", request->brand_id()); !s.ok()) {
      return call.Finish(s);
    }
    auto body = std::make_shared<v1::SetKillSwitchRequest>(*request);
    if (!request->brand_id().empty()) {
      const auto brand =
          checker_.directories().brands.FindBrand(request->org_id(), request->brand_id());
      // An emergency does not wait for another service: an id is taken as it is while that is away.
      const bool away = brand.status().code() == Code::kUnavailable ||
                        brand.status().code() == Code::kDeadlineExceeded;
      if (!brand.ok() && !(away && IsId(request->brand_id(), "brand"))) {
        return call.Finish(brand.status());
      }
      if (brand.ok()) body->set_brand_id(brand->id());
    }
    call.Submit({.action = "kill_switch.set",
                 .resource = body->brand_id(),
                 .aggregate_id = std::string(kKillRoot),
                 .org_id = body->org_id(),
                 .brand_id = body->brand_id(),
                 .body = body},
                [response](const ledger::Answer& answer) {
                  *response->mutable_kill_switch() = Typed(answer).kill_switch();
                });
  });
}

ServerUnaryReactor* SchedulerApi::EndKillSwitch(CallbackServerContext* context,
                                                const v1::EndKillSwitchRequest* request,
                                                v1::EndKillSwitchResponse* response) {
  return router_.Command<v1::EndKillSwitchRequest, v1::EndKillSwitchResponse>(
      context, request, response,
      {.action = "kill_switch.end",
       .resource = request->brand_id(),
       .aggregate_id = std::string(kKillRoot),
       .org_id = request->org_id(),
       .brand_id = request->brand_id()},
      [](const ledger::Answer& answer, v1::EndKillSwitchResponse* out) {
        *out->mutable_kill_switch() = Typed(answer).kill_switch();
      });
}

ServerUnaryReactor* SchedulerApi::ListKillSwitches(CallbackServerContext* context,
                                                   const v1::ListKillSwitchesRequest* request,
                                                   v1::ListKillSwitchesResponse* response) {
  return router_.Read<v1::ListKillSwitchesRequest, v1::ListKillSwitchesResponse>(
      context, request, response, "kill_switch.read", std::string(kKillRoot),
      [org_id = request->org_id()](const ledger::Answer& answer,
                                   v1::ListKillSwitchesResponse* out) -> Status {
        if (answer.record == nullptr) return Ok();
        for (const v1::KillSwitch& active : Typed(answer).kill_switch_board().active()) {
          if (org_id.empty() || active.org_id() == org_id) *out->add_active() = active;
        }
        return Ok();
      });
}

}  // namespace carillon::scheduler
