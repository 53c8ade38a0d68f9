// What platforms push: the challenge by which they make sure of the address, and events. Nothing here knows a platform or a secret:
// the publisher answers challenges, the listener has signatures checked before it believes anything, and answers only when what it
// took is in its log. So a 200 is a promise, and all else makes the platform deliver again.
#include "services/gateway/answers.h"
#include "services/gateway/gateway.h"

namespace carillon::gateway {
namespace {

constexpr size_t kFieldsMax = 20;
constexpr size_t kFieldSizeMax = 2'048;

std::string Lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

// Platforms sign in headers of their own: X-Twitter-Webhooks-Signature, X-Hub-Signature-256, TikTok-Signature.
bool MaySign(const std::string& name) { return name.starts_with("x-") || name.ends_with("-signature"); }

http::ServerResponse Challenge(Backend& backend, const http::ServerRequest& request, const http::PathParams& params) {
  publisher::v1::AnswerChallengeRequest ask;
  ask.set_platform(params.find("platform")->second);
  ask.set_app_id(params.find("app")->second);
  if (request.query.empty() || request.query.size() > kFieldsMax) return ErrorAnswer(400, "BAD_CHALLENGE");
  for (const auto& [name, value] : request.query) {
    if (name.size() + value.size() > kFieldSizeMax) return ErrorAnswer(400, "BAD_CHALLENGE");
    (*ask.mutable_query())[name] = value;
  }
  http::ServerResponse response;
  response.later = [&backend, ask = std::move(ask)](auto answer) {
    backend.AnswerChallenge(ask, [answer = std::move(answer)](auto answered) {
      if (!answered.ok()) return answer(ErrorAnswer(HttpStatusOf(answered.status()), ReasonOf(answered.status())));
      http::ServerResponse out;
      out.content_type = answered->content_type();
      out.body = answered->body();
      answer(std::move(out));
    });
  };
  return response;
}

http::ServerResponse Event(Backend& backend, const http::ServerRequest& request, const http::PathParams& params) {
  listener::v1::TakeWebhookRequest take;
  take.set_platform(params.find("platform")->second);
  take.set_app_id(params.find("app")->second);
  take.set_body(request.body);
  for (const auto& [name, value] : request.headers) {
    const std::string lower = Lower(name);
    if (!MaySign(lower) || value.size() > kFieldSizeMax) continue;
    if (take.headers_size() == static_cast<int>(kFieldsMax)) return ErrorAnswer(400, "TOO_MANY_HEADERS");
    (*take.mutable_headers())[lower] = value;
  }
  http::ServerResponse response;
  response.later = [&backend, take = std::move(take)](auto answer) {
    backend.TakeWebhook(take, [answer = std::move(answer)](auto taken) {
      if (!taken.ok()) return answer(ErrorAnswer(HttpStatusOf(taken.status()), ReasonOf(taken.status())));
      http::ServerResponse out;
      out.body = "{}";
      answer(std::move(out));
    });
  };
  return response;
}

}  // namespace

void AddWebhooks(const AddRoute& add, Backend& backend) {
  add("GET /webhooks/:platform/:app", "webhook_challenge", [&backend](const auto& request, const auto& params) {
    return Challenge(backend, request, params);
  });
  add("POST /webhooks/:platform/:app", "webhook", [&backend](const auto& request, const auto& params) {
    return Event(backend, request, params);
  });
}

}  // namespace carillon::gateway
