// app.bsky.video: the video service. It is another server than the PDS, so it wants a token that the PDS made for it.
#include "services/sandbox/bluesky/cid.h"
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/bluesky/uploads.h"

namespace carillon::sandbox::bluesky {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr char kVideoService[] = "did:web:video.bsky.app";
constexpr int64_t kVideoBytesMax = 300'000'000, kVideosADay = 25, kBytesADay = 10'000'000'000;

// Whom the token speaks for: one for `method` at `audience`, or the user's own where the PDS passes the call on.
Result<std::string> SpeaksFor(Bluesky* server, const Call& call, const std::string& audience,
                              const char* method) {
  const std::string header = call.request.Header("Authorization");
  if (!header.starts_with("Bearer ")) return AuthRequired("missing jwt", "MissingJwt");
  const std::string token = header.substr(7);
  std::string did;
  if (call.request.Header("atproto-proxy").starts_with(kVideoService)) {
    ASSIGN_OR_RETURN(did, server->sessions.CheckAccess(token));
  } else {
    ASSIGN_OR_RETURN(did, server->sessions.CheckService(token, audience, method));
  }
  if (server->state.Lock()->Find(did) == nullptr) return AuthRequired("could not resolve iss did", "BadJwtIss");
  return did;
}

json JobJson(const VideoJob& job, absl::Time now) {
  json out = {{"jobId", job.id}, {"did", job.did}};
  const double done = job.ready_at <= job.created_at
                          ? 1
                          : absl::FDivDuration(now - job.created_at, job.ready_at - job.created_at);
  if (done >= 1) {
    out["state"] = "JOB_STATE_COMPLETED";
    out["progress"] = 100;
    out["blob"] = BlobJson(job.cid, "video/mp4", job.bytes);
  } else {
    out["state"] = done < 0.2 ? "JOB_STATE_CREATED" : done < 0.9 ? "JOB_STATE_ENCODING" : "JOB_STATE_SCANNING";
    out["progress"] = static_cast<int>(100 * done);
  }
  return out;
}

// The lexicon's answer, and the members of the job beside it, as the service is said to answer.
json JobAnswer(const VideoJob& job, absl::Time now) {
  json out = JobJson(job, now);
  const json inner = out;
  out["jobStatus"] = inner;
  return out;
}

State::VideosOfADay LastDay(const State& state, const std::string& did) {
  return state.VideosSince(did, state.Now() - absl::Hours(24));
}

Result<json> KeepVideo(Bluesky* server, const std::string& did, const std::string& cid,
                       const std::shared_ptr<const std::string>& content) {
  const auto state = server->state.Lock();
  ASSIGN_OR_RETURN(
      const VideoJob* job,
      state->AddVideo(state->Find(did), cid, server->options.video_processing, content));
  return JobAnswer(*job, state->Now());
}

Status CheckVideo(Bluesky* server, const Call& call, const std::string& did) {
  const std::string& body = call.request.body;
  if (!call.request.Header("Content-Type").starts_with("video/mp4"))
    return Invalid("Wrong request encoding (Content-Type)");
  if (MimeOf(body, "") != "video/mp4") return Invalid("Invalid video: not an MP4 file", "validation_failure");
  if (static_cast<int64_t>(body.size()) > kVideoBytesMax)
    return Refuse(Code::kOutOfRange, "PayloadTooLarge", "request entity too large");
  const auto state = server->state.Lock();
  const auto [videos, bytes] = LastDay(*state, did);
  if (videos >= kVideosADay || bytes + static_cast<int64_t>(body.size()) > kBytesADay)
    return Invalid("You have reached your daily limit for video uploads", "upload_limit_exceeded");
  return Ok();
}

ServerResponse UploadVideo(Bluesky* server, Call& call) {
  const auto did = SpeaksFor(server, call, call.service_did, "com.atproto.repo.uploadBlob");
  if (!did.ok()) return ErrorAnswer(did.status());
  if (const Status checked = CheckVideo(server, call, *did); !checked.ok())
    return ErrorAnswer(checked);
  auto content = std::make_shared<const std::string>(call.request.body);
  const std::string cid = CidOfRaw(*content);
  {
    const auto state = server->state.Lock();
    if (const VideoJob* job = state->FindVideo(*did, cid)) {
      json known = JobAnswer(*job, state->Now());
      known["error"] = "already_exists";
      known["message"] = "Video already processed";
      return Answer(known, 409);
    }
  }
  return PlayUpload(server, call, *did, cid,
                    [=, whose = *did] { return KeepVideo(server, whose, cid, content); });
}

ServerResponse UploadLimits(Bluesky* server, Call& call) {
  const auto did = SpeaksFor(server, call, kVideoService, "app.bsky.video.getUploadLimits");
  if (!did.ok()) return ErrorAnswer(did.status());
  const auto state = server->state.Lock();
  const auto [videos, bytes] = LastDay(*state, *did);
  return Answer({{"canUpload", videos < kVideosADay && bytes < kBytesADay},
                 {"remainingDailyVideos", std::max<int64_t>(0, kVideosADay - videos)},
                 {"remainingDailyBytes", std::max<int64_t>(0, kBytesADay - bytes)}});
}

Result<json> JobStatus(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string id, call.Need("jobId"));
  const VideoJob* job = state.FindVideo(id);
  if (job == nullptr) return Invalid("Job not found", "JobNotFound");
  return json{{"jobStatus", JobJson(*job, state.Now())}};
}

}  // namespace

void AddVideoMethods(Xrpc* xrpc) {
  Bluesky* const server = xrpc->server();
  xrpc->Raw({"app.bsky.video.uploadVideo", Auth::kOwn, Reads::kNo, true, Input::kBytes},
            [=](Call& call) { return UploadVideo(server, call); });
  xrpc->Raw({"app.bsky.video.getUploadLimits", Auth::kOwn},
            [=](Call& call) { return UploadLimits(server, call); });
  xrpc->Query("app.bsky.video.getJobStatus", Auth::kOwn, Reads::kNo, &JobStatus);
  xrpc->router()->Add("GET /watch/:did/:cid/playlist.m3u8",
                      [](const http::ServerRequest&, const http::PathParams&) {
                        ServerResponse response;
                        response.content_type = "application/vnd.apple.mpegurl";
                        response.body = "#EXTM3U\n";
                        return response;
                      });
}

}  // namespace carillon::sandbox::bluesky
