// A PDS in memory, as far as publishing needs it, behind the HTTP client's port: sessions whose refresh token changes, blobs, and records
// with putRecord's rules (bluesky-social/atproto, packages/pds, putRecord.ts). It can lose answers, refuse, accept late, and be away.
// Not thread-safe.
#pragma once

#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/json.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::bluesky::testing {

class FakePds : public http::HttpClient {
 public:
  using Json = platform::Json;
  enum class Fault {
    kNone,
    kLoseAnswer,    // done, and the connection dies
    kRefuse,        // refused, and the connection dies
    kRefuseAloud,   // refused, and it says so
    kAcceptLate,    // the connection dies, and it is done at Settle()
    kAway,          // not done, and the connection dies
  };

  static constexpr char kDid[] = "did:plc:z72i7hdynmk6r22z27h6tvur";
  static constexpr char kHandle[] = "brand.example";
  static constexpr char kPassword[] = "abcd-efgh-ijkl-mnop";

  explicit FakePds(const Clock& clock) : clock_(clock) {}

  // The next request of that method only.
  void Next(const std::string& method, Fault fault) { faults_[method] = fault; }
  // While it is so: nothing can be read.
  bool reads_down = false;
  // The owner took the app password back.
  void Revoke() { access_ = refresh_ = refresh_before_ = "none"; }
  // What was accepted late comes to pass.
  void Settle() {
    std::vector<http::HttpRequest> late = std::move(late_);
    late_.clear();
    for (const http::HttpRequest& request : late) Answer(request);
  }

  // uri -> record.
  const std::map<std::string, Json>& posts() const { return posts_; }
  const std::map<std::string, Json>& gates() const { return gates_; }
  int blobs() const { return static_cast<int>(blobs_.size()); }
  int Asked(const std::string& method) const {
    const auto found = asked_.find(method);
    return found == asked_.end() ? 0 : found->second;
  }
  std::vector<http::HttpRequest> requests;
  std::map<std::string, std::string> handles = {{"ana.test", "did:plc:ana"}};

  static std::string MethodOf(const http::HttpRequest& request) {
    const size_t begin = request.url.find("/xrpc/") + 6;
    return request.url.substr(begin, request.url.find('?') - begin);
  }

  http::HttpOutcome Send(const http::HttpRequest& request) override {
    if (request.before_first_byte && !request.before_first_byte()) {
      return Fake::Failure(Refuse(Code::kAborted, "SEND_REFUSED", "not sent"), false);
    }
    requests.push_back(request);
    const std::string method = MethodOf(request);
    ++asked_[method];
    Fault fault = Fault::kNone;
    if (const auto found = faults_.find(method); found != faults_.end()) {
      fault = found->second;
      faults_.erase(found);
    }
    const http::HttpOutcome died = Fake::Failure(MakeStatus(Code::kUnavailable, "the connection died"), true);
    switch (fault) {
      case Fault::kNone:
        return Answer(request);
      case Fault::kLoseAnswer:
        Answer(request);
        return died;
      case Fault::kAcceptLate:
        late_.push_back(request);
        return died;
      case Fault::kRefuseAloud:
        return Error("InvalidRequest", "we do not want this");
      case Fault::kRefuse:
      case Fault::kAway:
        return died;
    }
    return died;
  }

 private:
  using Fake = http::testing::FakeHttpClient;

  static http::HttpOutcome Error(const std::string& error, const std::string& message, int status = 400) {
    return Fake::Response(status, Json{{"error", error}, {"message", message}}.dump());
  }
  static std::string Parameter(const http::HttpRequest& request, const std::string& name) {
    const size_t at = request.url.find(name + "=");
    if (at == std::string::npos) return "";
    std::string out;
    for (size_t i = at + name.size() + 1; i < request.url.size() && request.url[i] != '&'; ++i) {
      if (request.url[i] != '%') {
        out += request.url[i];
        continue;
      }
      out += static_cast<char>(std::stoi(request.url.substr(i + 1, 2), nullptr, 16));
      i += 2;
    }
    return out;
  }
  std::string Token(const std::string& kind) {
    ++tokens_;
    const auto exp = absl::ToUnixSeconds(clock_.Now() + (kind == "access" ? absl::Hours(2) : absl::Hours(24 * 90)));
    return "h." + absl::WebSafeBase64Escape(fmt::format(R"({{"scope":"{}","n":{},"exp":{}}})", kind, tokens_, exp)) + ".s";
  }
  http::HttpOutcome NewSession() {
    access_ = Token("access");
    access_ends_ = clock_.Now() + absl::Hours(2);
    refresh_ = Token("refresh");
    return Fake::Response(
        200, Json{{"did", kDid}, {"handle", kHandle}, {"accessJwt", access_}, {"refreshJwt", refresh_}}.dump());
  }
  bool Bears(const http::HttpRequest& request, const std::string& token) const {
    const auto found = request.headers.find("Authorization");
    return found != request.headers.end() && found->second == "Bearer " + token;
  }

  http::HttpOutcome Answer(const http::HttpRequest& request) {
    const std::string method = MethodOf(request);
    const Json input = platform::ParseJson(request.body).value_or(Json());
    if (method == "com.atproto.server.createSession") {
      const bool right = platform::GetText(input, "identifier") == kHandle &&
                         platform::GetText(input, "password") == kPassword;
      return right ? NewSession() : Error("AuthenticationRequired", "Invalid identifier or password", 401);
    }
    if (method == "com.atproto.server.refreshSession") {
      // The one before is good for a while.
      if (Bears(request, refresh_)) refresh_before_ = refresh_;
      return Bears(request, refresh_before_) ? NewSession() : Error("ExpiredToken", "Token has been revoked");
    }
    if (request.method == "GET") return reads_down ? Fake::Response(503, "") : Read(method, request);
    if (!Bears(request, access_)) return Error("InvalidToken", "Token could not be verified");
    if (clock_.Now() >= access_ends_) return Error("ExpiredToken", "Token has expired");
    if (method == "com.atproto.repo.uploadBlob") return Upload(request);
    if (method == "com.atproto.repo.putRecord") return Put(input);
    if (method == "com.atproto.repo.applyWrites") return Apply(input);
    return Error("MethodNotImplemented", "no such method", 501);
  }

  http::HttpOutcome Upload(const http::HttpRequest& request) {
    const std::string cid = "bafkrei" + std::to_string(std::hash<std::string>()(request.file.value().path));
    blobs_[cid] = request.content_type;
    return Fake::Response(200, Json{{"blob", {{"$type", "blob"}, {"ref", {{"$link", cid}}},
                                              {"mimeType", request.content_type}, {"size", 5}}}}.dump());
  }

  http::HttpOutcome Put(const Json& input) {
    const std::string uri = fmt::format("at://{}/{}/{}", kDid, input.at("collection").get<std::string>(),
                                        input.at("rkey").get<std::string>());
    const auto found = posts_.find(uri);
    if (found != posts_.end() && found->second != input.at("record")) {
      EXPECT_TRUE(input.contains("swapRecord")) << "it would have replaced the record";
      return Error("InvalidSwap", "Record was at bafyother");
    }
    posts_[uri] = input.at("record");
    return Fake::Response(200, Json{{"uri", uri}, {"cid", "bafyreih"}, {"validationStatus", "valid"}}.dump());
  }

  // All or nothing; a key that is taken is an error without a name of its own.
  http::HttpOutcome Apply(const Json& input) {
    Json results = Json::array();
    std::map<std::string, Json> made;
    for (const Json& write : input.at("writes")) {
      EXPECT_EQ(write.at("$type"), "com.atproto.repo.applyWrites#create");
      const std::string uri = fmt::format("at://{}/{}/{}", kDid, write.at("collection").get<std::string>(),
                                          write.at("rkey").get<std::string>());
      if (posts_.contains(uri) || gates_.contains(uri)) return Error("InternalServerError", "Internal Server Error", 500);
      made[uri] = write.at("value");
      results.push_back({{"$type", "com.atproto.repo.applyWrites#createResult"}, {"uri", uri}, {"cid", "bafyreih"}});
    }
    for (auto& [uri, value] : made) {
      const bool gate = uri.find("threadgate") != std::string::npos;
      (gate ? gates_ : posts_)[uri] = std::move(value);
    }
    return Fake::Response(200, Json{{"results", std::move(results)}}.dump());
  }

  http::HttpOutcome Read(const std::string& method, const http::HttpRequest& request) {
    if (method == "com.atproto.identity.resolveHandle") {
      const auto found = handles.find(Parameter(request, "handle"));
      if (found == handles.end()) return Error("InvalidRequest", "Unable to resolve handle");
      return Fake::Response(200, Json{{"did", found->second}}.dump());
    }
    if (method == "com.atproto.repo.getRecord") {
      const std::string uri = fmt::format("at://{}/{}/{}", Parameter(request, "repo"),
                                          Parameter(request, "collection"), Parameter(request, "rkey"));
      const auto found = posts_.find(uri);
      if (found == posts_.end()) return Error("RecordNotFound", "Could not locate record: " + uri);
      return Fake::Response(200, Record(found->first, found->second).dump());
    }
    if (method == "app.bsky.feed.getPosts") {
      const auto found = posts_.find(Parameter(request, "uris"));
      Json posts = Json::array();
      if (found != posts_.end()) posts.push_back({{"uri", found->first}, {"cid", "bafyreih"}, {"record", found->second}});
      return Fake::Response(200, Json{{"posts", std::move(posts)}}.dump());
    }
    if (method == "com.atproto.repo.listRecords") {
      Json records = Json::array();
      for (auto post = posts_.rbegin(); post != posts_.rend(); ++post) {
        records.push_back(Record(post->first, post->second));
      }
      return Fake::Response(200, Json{{"records", std::move(records)}}.dump());
    }
    if (method == "app.bsky.actor.getProfile") {
      return Fake::Response(200, Json{{"did", kDid}, {"handle", kHandle}, {"displayName", "The Brand"}}.dump());
    }
    return Error("MethodNotImplemented", "no such method", 501);
  }
  static Json Record(const std::string& uri, const Json& value) {
    return {{"uri", uri}, {"cid", "bafyreih"}, {"value", value}};
  }

  const Clock& clock_;
  std::map<std::string, Fault> faults_;
  std::vector<http::HttpRequest> late_;
  std::map<std::string, Json> posts_, gates_;
  std::map<std::string, std::string> blobs_;
  std::map<std::string, int> asked_;
  std::string access_, refresh_, refresh_before_;
  absl::Time access_ends_;
  int tokens_ = 0;
};

}  // namespace carillon::bluesky::testing
