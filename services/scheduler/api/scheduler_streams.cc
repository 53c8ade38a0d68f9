// The streaming half of SchedulerApi.
#include <fmt/format.h>

#include "common/rpc/metadata.h"
#include "services/scheduler/api/queries.h"
#include "services/scheduler/api/scheduler_api.h"
#include "services/scheduler/api/streams.h"

namespace carillon::scheduler {
namespace {

using grpc::CallbackServerContext;

// Streams without a deadline get this; longer ones are cut to it.
constexpr absl::Duration kStreamTimeMax = absl::Minutes(5);

Status BadStream(const std::string& message) {
  return Refuse(Code::kInvalidArgument, "BAD_STREAM", message);
}

Status FileTooLarge() {
  return Refuse(Code::kInvalidArgument, "FILE_TOO_LARGE",
                fmt::format("the file is larger than {} bytes; split it", kCalendarBytesMax));
}

struct ImportCall {
  bool has_options = false;
  v1::ImportOptions options;
  std::string file;

  Status Take(const v1::ImportCalendarRequest& part) {
    if (part.has_options()) {
      if (has_options) return BadStream("the options come once, before the file");
      has_options = true;
      options = part.options();
      if (options.org_id().empty()) {
        return Refuse(Code::kInvalidArgument, "UNKNOWN_ORGANIZATION",
                      "the import names no organization");
      }
      if (options.size_bytes() > static_cast<int64_t>(kCalendarBytesMax)) return FileTooLarge();
      return options.dry_run() ? Ok() : rpc::CheckRequestId(options.request_id());
    }
    if (!has_options) return BadStream("the options come first, then the file");
    if (file.size() + part.chunk().size() > kCalendarBytesMax) return FileTooLarge();
    file += part.chunk();
    return Ok();
  }
};

struct UploadCall {
  bool named = false;
  std::unique_ptr<MediaUpload> upload;

  Status Take(const v1::UploadMediaRequest& part, MediaStore& media) {
    if (part.part_case() == v1::UploadMediaRequest::kRequestId) {
      named = true;
      return rpc::CheckRequestId(part.request_id());
    }
    if (!named) return BadStream("the request_id comes first, then the file");
    if (upload == nullptr) {
      ASSIGN_OR_RETURN(upload, media.Begin());
    }
    return upload->Write(part.chunk());
  }
};

}  // namespace

grpc::ServerReadReactor<v1::ImportCalendarRequest>* SchedulerApi::ImportCalendar(
    CallbackServerContext* context, v1::ImportCalendarResponse* response) {
  using Stream = UploadStream<v1::ImportCalendarRequest>;
  const auto principal = router_.Authenticate(*context);
  if (!principal.ok()) return new Stream(streams_, principal.status());
  auto envelope = rpc::EnvelopeFrom(*context, *principal);
  if (!envelope.ok()) return new Stream(streams_, envelope.status());
  auto call = std::make_shared<ImportCall>();
  return new Stream(
      streams_,
      [this, call, principal = *principal](const v1::ImportCalendarRequest& part) -> Status {
        RETURN_IF_ERROR(call->Take(part));
        if (!part.has_options()) return Ok();
        return router_.Authorize(principal, "post.import", call->options.org_id());
      },
      [this, call, context, response, envelope = *std::move(envelope)]() mutable -> Status {
        if (!call->has_options) return BadStream("the call ended before its options came");
        const v1::ImportOptions& options = call->options;
        if (options.size_bytes() > 0 &&
            options.size_bytes() != static_cast<int64_t>(call->file.size())) {
          return BadStream(fmt::format("{} of {} bytes came; send the file again",
                                       call->file.size(), options.size_bytes()));
        }
        envelope.set_org_id(options.org_id());
        envelope.set_correlation_id(options.request_id());
        const absl::Time deadline = std::min(absl::FromChrono(context->deadline()),
                                             clock_.Now() + kStreamTimeMax);
        return importer_.Run(options, call->file, envelope, deadline,
                             [context] { return context->IsCancelled(); }, response);
      });
}

grpc::ServerReadReactor<v1::UploadMediaRequest>* SchedulerApi::UploadMedia(
    CallbackServerContext* context, v1::UploadMediaResponse* response) {
  using Stream = UploadStream<v1::UploadMediaRequest>;
  if (Status s = Allow(*context, "media.upload", ""); !s.ok()) return new Stream(streams_, s);
  auto call = std::make_shared<UploadCall>();
  return new Stream(
      streams_,
      [this, call](const v1::UploadMediaRequest& part) {
        return call->Take(part, checker_.media());
      },
      [call, context, response]() -> Status {
        if (call->upload == nullptr) {
          return Refuse(Code::kInvalidArgument, "BAD_MEDIA", "the file is empty");
        }
        if (context->IsCancelled()) {
          return MakeStatus(Code::kCancelled, "the caller went away before the file was complete");
        }
        ASSIGN_OR_RETURN(*response->mutable_media(), call->upload->Finish());
        return Ok();
      });
}

grpc::ServerWriteReactor<v1::ExportCalendarResponse>* SchedulerApi::ExportCalendar(
    CallbackServerContext* context, const v1::ExportCalendarRequest* request) {
  using Stream = DownloadStream<v1::ExportCalendarResponse>;
  if (Status s = Allow(*context, "post.read", request->brand_id()); !s.ok()) {
    return new Stream(streams_, s);
  }
  return new Stream(streams_, ExportPages(*request, reader_, checker_.directories()));
}

}  // namespace carillon::scheduler
