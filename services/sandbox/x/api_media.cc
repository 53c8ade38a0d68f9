// Uploads: initialize, append, finalize and status, or a picture at once; alt texts. Played with the faults of the step "upload".
#include "common/base/ids.h"
#include "common/http/multipart.h"
#include "services/sandbox/base64.h"
#include "services/sandbox/pixel.h"
#include "services/sandbox/x/attempt.h"

namespace carillon::sandbox::x {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr int64_t kExpiresAfterS = 24 * 3600, kUploadsPerWindow = 500;

// With the state locked.
using Step = std::function<Result<json>(State& state, const User& user)>;

class UploadAttempt : public XAttempt {
 public:
  UploadAttempt(X* server, const Call& call, Step accept)
      : XAttempt(server), accept_(std::move(accept)), user_(call.user) {
    account = server->state.Lock()->FindUser(user_)->username;
    key = HashText({call.request.path, call.request.body});
    step = "upload";
    request_number = call.request.request_number;
  }
  Outcome Accept(bool) override {
    const auto state = server_->state.Lock();
    const Result<json> answer = accept_(*state, *state->FindUser(user_));
    if (!answer.ok()) return {Kind::kRefused, {}, ProblemAnswer(answer.status())};
    return {Kind::kCreated, {}, Answer(*answer)};
  }

 private:
  const Step accept_;
  const Id user_;
};

ServerResponse Play(X* server, const Call& call, Step accept) {
  return Publish(server, server->shared,
                 std::make_shared<UploadAttempt>(server, call, std::move(accept)));
}

json UploadJson(const Media& media, absl::Time now) {
  json out = {{"id", std::to_string(media.id)},
              {"media_key", MediaKey(media)},
              {"expires_after_secs", kExpiresAfterS}};
  if (!media.is_complete()) return out;
  out["size"] = media.bytes;
  if (media.kind == Media::Kind::kPhoto) {
    out["image"] = {{"image_type", media.mime}};
    return out;
  }
  json processing = {{"state", "pending"}, {"check_after_secs", 1}};
  if (media.ready_at <= now) {
    processing = {{"state", media.is_broken ? "failed" : "succeeded"}, {"progress_percent", 100}};
  } else if (now > media.finalized_at) {
    const double done = absl::FDivDuration(now - media.finalized_at, media.ready_at - media.finalized_at);
    processing = {{"state", "in_progress"},
                  {"check_after_secs", 1},
                  {"progress_percent", static_cast<int>(100 * done)}};
  }
  out["processing_info"] = std::move(processing);
  return out;
}

ServerResponse Initialize(X* server, Call& call) {
  const json* bytes = At(call.input, {"total_bytes"});
  const int64_t total = bytes != nullptr && bytes->is_number_integer() ? bytes->get<int64_t>() : 0;
  return Play(server, call,
              [=, category = TextAt(call.input, {"media_category"}),
               type = TextAt(call.input, {"media_type"})](State& state,
                                                          const User& user) -> Result<json> {
                ASSIGN_OR_RETURN(const Media* media, state.StartUpload(user, category, type, total));
                return json{{"data", UploadJson(*media, state.Now())}};
              });
}

struct Upload {
  std::string content, category;
  int64_t segment = -1;
};

Result<Upload> ReadJsonUpload(const std::string& body) {
  const json input = ReadJson(body);
  if (!input.is_object()) return Invalid("body", "", "Request body must be a JSON object.");
  Upload upload;
  auto content = DecodeBase64(TextAt(input, {"media"}));
  if (!content) return Invalid("media", "", "media is not base64");
  upload.content = *std::move(content);
  upload.category = TextAt(input, {"media_category"});
  if (const json* segment = At(input, {"segment_index"}); segment && segment->is_number_integer())
    upload.segment = segment->get<int64_t>();
  return upload;
}

// A form with a file, or JSON with base64.
Result<Upload> ReadUpload(const Call& call) {
  const std::string type = call.request.Header("Content-Type");
  if (type.starts_with("application/json")) return ReadJsonUpload(call.request.body);
  Upload upload;
  auto parts = http::ParseMultipart(type, call.request.body);
  if (!parts.ok()) return Invalid("body", "", carillon::Message(parts.status()));
  for (http::ReceivedPart& part : *parts) {
    if (part.name == "media") upload.content = std::move(part.body);
    if (part.name == "media_category") upload.category = part.body;
    if (part.name == "segment_index")
      upload.segment = part.body == "0" ? 0 : std::max<int64_t>(ReadId(part.body), 0);
  }
  return upload;
}

ServerResponse Append(X* server, Call& call) {
  const auto id = call.PathId("id");
  if (!id.ok()) return ProblemAnswer(id.status());
  auto upload = ReadUpload(call);
  if (!upload.ok()) return ProblemAnswer(upload.status());
  auto content = std::make_shared<const std::string>(std::move(upload->content));
  return Play(server, call,
              [=, id = *id, segment = upload->segment](State& state, const User& user) -> Result<json> {
                ASSIGN_OR_RETURN(const Media* media, state.Append(user, id, segment, *content));
                return json{{"data",
                             {{"expires_at", absl::ToUnixSeconds(media->created_at) + kExpiresAfterS}}}};
              });
}

ServerResponse Finalize(X* server, Call& call) {
  const auto id = call.PathId("id");
  if (!id.ok()) return ProblemAnswer(id.status());
  return Play(server, call, [=, id = *id](State& state, const User& user) -> Result<json> {
    ASSIGN_OR_RETURN(const Media* media,
                     state.Finalize(user, id, server->options.media_processing));
    return json{{"data", UploadJson(*media, state.Now())}};
  });
}

// A picture whole, in one request.
ServerResponse UploadAtOnce(X* server, Call& call) {
  auto upload = ReadUpload(call);
  if (!upload.ok()) return ProblemAnswer(upload.status());
  if (!upload->category.ends_with("_image")) {
    return ProblemAnswer(Invalid("media_category", upload->category,
                                 "Only pictures can be uploaded at once: initialize an upload"));
  }
  auto content = std::make_shared<const std::string>(std::move(upload->content));
  return Play(server, call,
              [=, category = upload->category](State& state, const User& user) -> Result<json> {
                const auto bytes = static_cast<int64_t>(content->size());
                ASSIGN_OR_RETURN(const Media* media,
                                 state.StartUpload(user, category, "image/*", bytes));
                RETURN_IF_ERROR(state.Append(user, media->id, 0, *content).status());
                RETURN_IF_ERROR(state.Finalize(user, media->id, absl::ZeroDuration()).status());
                json data = UploadJson(*media, state.Now());
                data.erase("image");
                return json{{"data", std::move(data)}};
              });
}

Result<json> Processing(State& state, const Call& call) {
  const std::string text = call.Query("media_id");
  const std::string command = call.Query("command");
  if (!command.empty() && command != "STATUS")
    return Invalid("command", command, "command must be STATUS");
  const Id id = ReadId(text);
  ASSIGN_OR_RETURN(const Media* media, state.OwnMedia(*state.FindUser(call.user), id));
  return json{{"data", UploadJson(*media, state.Now())}};
}

Result<json> Describe(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const auto id, InputId(call.input, "id"));
  if (!id) return Invalid("id", "", "id is needed");
  const std::string text = TextAt(call.input, {"metadata", "alt_text", "text"});
  json kept = {{"alt_text", {{"text", text}}}};
  std::set<std::string> warnings;
  if (const json* warning = At(call.input, {"metadata", "sensitive_media_warning"})) {
    for (const auto& [name, value] : warning->items()) {
      const bool is_known = name == "adult_content" || name == "graphic_violence" || name == "other";
      if (!is_known || !value.is_boolean()) return Invalid("metadata.sensitive_media_warning." + name, Dump(value), "no such warning");
      if (value == true) warnings.insert(name);
    }
    kept["sensitive_media_warning"] = *warning;
  }
  RETURN_IF_ERROR(state.Describe(*state.FindUser(call.user), *id, text, std::move(warnings)));
  return json{{"data", {{"id", std::to_string(*id)}, {"associated_metadata", std::move(kept)}}}};
}

}  // namespace

void AddMediaRoutes(Api* api) {
  X* const server = api->server();
  const char* scope = "media.write";
  api->AddRaw({"POST /2/media/upload/initialize", scope, kUploadsPerWindow, false, true},
              [=](Call& call) { return Initialize(server, call); });
  api->AddRaw({"POST /2/media/upload/:id/append", scope, kUploadsPerWindow},
              [=](Call& call) { return Append(server, call); });
  api->AddRaw({"POST /2/media/upload/:id/finalize", scope, kUploadsPerWindow},
              [=](Call& call) { return Finalize(server, call); });
  api->AddRaw({"POST /2/media/upload", scope, kUploadsPerWindow},
              [=](Call& call) { return UploadAtOnce(server, call); });
  api->Add({"GET /2/media/upload", scope, 2 * kUploadsPerWindow}, &Processing);
  api->Add({"POST /2/media/metadata", scope, kUploadsPerWindow, false, true}, &Describe);
  api->AddOpen("GET /media/:name", [](Call&) { return PixelAnswer(); });
}

}  // namespace carillon::sandbox::x
