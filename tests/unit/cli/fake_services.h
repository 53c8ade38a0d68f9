// A server in the test's own process that answers as strategy, scheduler and publisher, and a stack's files that lead to it.
#pragma once

#include <grpcpp/grpcpp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "carillon/common/v1/error.pb.h"
#include "carillon/ops/v1/operations_api.grpc.pb.h"
#include "carillon/publisher/v1/publisher_api.grpc.pb.h"
#include "carillon/scheduler/v1/scheduler_api.grpc.pb.h"
#include "carillon/strategy/v1/strategy_api.grpc.pb.h"
#include "services/cli/app.h"
#include "services/cli/json.h"

namespace carillon::cli {

inline grpc::Status Refusal(grpc::StatusCode code, const std::string& reason,
                            const std::string& message) {
  common::v1::ErrorInfo info;
  info.set_reason(reason);
  common::v1::ErrorStatus details;
  details.set_code(code);
  details.set_message(message);
  auto& any = *details.add_details();
  any.set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  any.set_value(info.SerializeAsString());
  return {code, message, details.SerializeAsString()};
}

struct FakeStrategy : strategy::v1::StrategyService::Service {
  grpc::Status CreateOrganization(grpc::ServerContext*,
                                  const strategy::v1::CreateOrganizationRequest* request,
                                  strategy::v1::CreateOrganizationResponse* response) override {
    response->mutable_organization()->set_id("org_" + request->request_id());
    return grpc::Status::OK;
  }
  grpc::Status GetOrganization(grpc::ServerContext*, const strategy::v1::GetOrganizationRequest*,
                               strategy::v1::GetOrganizationResponse*) override {
    return Refusal(grpc::StatusCode::NOT_FOUND, "UNKNOWN_ORGANIZATION", "there is none yet");
  }
  grpc::Status CreateBrand(grpc::ServerContext* context,
                           const strategy::v1::CreateBrandRequest* request,
                           strategy::v1::CreateBrandResponse* response) override {
    created = *request;
    const auto& sent = context->client_metadata();
    const auto found = sent.find("authorization");
    authorization = found == sent.end() ? "" : std::string(found->second.data(), found->second.size());
    if (!answer.ok()) return answer;
    response->mutable_brand()->set_id("brand_1");
    response->mutable_brand()->set_name(request->name());
    return grpc::Status::OK;
  }
  grpc::Status GetBrand(grpc::ServerContext*, const strategy::v1::GetBrandRequest* request,
                        strategy::v1::GetBrandResponse* response) override {
    if (!answer.ok()) return answer;
    if (request->brand() == "Nobody") {
      return Refusal(grpc::StatusCode::NOT_FOUND, "UNKNOWN_BRAND", "there is no brand 'Nobody'");
    }
    response->mutable_brand()->set_id("brand_1");
    response->mutable_brand()->set_org_id("org_1");
    response->mutable_brand()->set_timezone("Europe/Paris");
    return grpc::Status::OK;
  }
  grpc::Status answer;
  strategy::v1::CreateBrandRequest created;
  std::string authorization;
};

struct FakeScheduler : scheduler::v1::SchedulerService::Service {
  grpc::Status ListPosts(grpc::ServerContext*, const scheduler::v1::ListPostsRequest* request,
                         scheduler::v1::ListPostsResponse* response) override {
    listed = *request;
    const int from = request->page_token().empty() ? 0 : std::stoi(request->page_token());
    for (int i = from; i < std::min(posts, from + request->page_size()); ++i) {
      auto& post = *response->add_posts();
      post.set_id("post_" + std::to_string(i));
      post.set_state(scheduler::v1::POST_STATE_PUBLISHED);
    }
    const int next = from + response->posts_size();
    if (next < posts) response->set_next_page_token(std::to_string(next));
    return grpc::Status::OK;
  }
  grpc::Status UploadMedia(grpc::ServerContext*,
                           grpc::ServerReader<scheduler::v1::UploadMediaRequest>* reader,
                           scheduler::v1::UploadMediaResponse* response) override {
    scheduler::v1::UploadMediaRequest part;
    while (reader->Read(&part)) {}
    ++uploads;
    response->mutable_media()->set_sha256("sum" + std::to_string(uploads));
    return grpc::Status::OK;
  }
  grpc::Status ImportCalendar(grpc::ServerContext*,
                              grpc::ServerReader<scheduler::v1::ImportCalendarRequest>* reader,
                              scheduler::v1::ImportCalendarResponse* response) override {
    scheduler::v1::ImportCalendarRequest part;
    while (reader->Read(&part)) csv += part.chunk();
    *response = import_answer;
    return grpc::Status::OK;
  }
  grpc::Status CreatePost(grpc::ServerContext*, const scheduler::v1::CreatePostRequest* request,
                          scheduler::v1::CreatePostResponse*) override {
    created = *request;
    return grpc::Status::OK;
  }
  int posts = 0, uploads = 0;
  std::string csv;
  scheduler::v1::CreatePostRequest created;
  scheduler::v1::ListPostsRequest listed;
  scheduler::v1::ImportCalendarResponse import_answer;
};

// Has one account, and answers GetDelivery with `states` one after another; the last one stays.
struct FakePublisher : publisher::v1::PublisherService::Service {
  grpc::Status GetAccount(grpc::ServerContext*, const publisher::v1::GetAccountRequest* request,
                          publisher::v1::GetAccountResponse* response) override {
    response->mutable_account()->set_id("acct_1");
    response->mutable_account()->set_username(request->account());
    return grpc::Status::OK;
  }
  grpc::Status DisconnectAccount(grpc::ServerContext*, const publisher::v1::DisconnectAccountRequest* request,
                                 publisher::v1::DisconnectAccountResponse* response) override {
    *response = disconnected;
    response->mutable_account()->set_id(request->account_id());
    response->mutable_account()->set_base_url("https://social.example");
    return grpc::Status::OK;
  }
  publisher::v1::DisconnectAccountResponse disconnected;
  grpc::Status GetProfile(grpc::ServerContext*, const publisher::v1::GetProfileRequest*,
                          publisher::v1::GetProfileResponse* response) override {
    response->mutable_profile()->set_display_name("Lumen");
    response->mutable_profile()->set_followers(7);
    return grpc::Status::OK;
  }
  grpc::Status SetProfile(grpc::ServerContext*, const publisher::v1::SetProfileRequest* request,
                          publisher::v1::SetProfileResponse* response) override {
    set = *request;
    response->mutable_delivery()->set_id("dlv_1");
    response->mutable_delivery()->set_state(publisher::v1::DELIVERY_STATE_SENDING);
    return answer;
  }
  grpc::Status GetDelivery(grpc::ServerContext*, const publisher::v1::GetDeliveryRequest* request,
                           publisher::v1::GetDeliveryResponse* response) override {
    response->mutable_delivery()->set_id(request->id());
    response->mutable_delivery()->set_state(states.front());
    response->mutable_delivery()->set_error_reason(error_reason);
    response->mutable_delivery()->set_waiting_for(waiting_for);
    if (states.size() > 1) states.erase(states.begin());
    return grpc::Status::OK;
  }
  grpc::Status answer;
  std::vector<publisher::v1::DeliveryState> states = {publisher::v1::DELIVERY_STATE_DONE};
  std::string error_reason, waiting_for;
  publisher::v1::SetProfileRequest set;
  grpc::Status ForecastAccount(grpc::ServerContext*, const publisher::v1::ForecastAccountRequest* request,
                               publisher::v1::ForecastAccountResponse* response) override {
    forecast_asked = *request;
    *response = forecast;
    return grpc::Status::OK;
  }
  grpc::Status GetAccountHealth(grpc::ServerContext*, const publisher::v1::GetAccountHealthRequest* request,
                                publisher::v1::GetAccountHealthResponse* response) override {
    for (const auto& one : health) {
      if (request->account().empty() || request->account() == one.username()) *response->add_accounts() = one;
    }
    return grpc::Status::OK;
  }
  publisher::v1::ForecastAccountRequest forecast_asked;
  publisher::v1::ForecastAccountResponse forecast;
  std::vector<publisher::v1::AccountHealth> health;
};

// Every service of the stack answers with these letters, offsets 0, 2, 4, ...
struct FakeOperations : ops::v1::OperationsService::Service {
  grpc::Status ListDeadLetters(grpc::ServerContext*, const ops::v1::ListDeadLettersRequest* request,
                               ops::v1::ListDeadLettersResponse* response) override {
    if (!answer.ok()) return answer;
    size_t from = request->page_token().empty() ? 0 : std::stoul(request->page_token());
    for (; from < letters.size() && response->letters_size() < request->page_size(); ++from) {
      *response->add_letters() = letters[from];
    }
    if (from < letters.size()) response->set_next_page_token(std::to_string(from));
    return grpc::Status::OK;
  }
  grpc::Status ReplayDeadLetters(grpc::ServerContext*, const ops::v1::ReplayDeadLettersRequest* request,
                                 ops::v1::ReplayDeadLettersResponse* response) override {
    if (!answer.ok()) return answer;
    asked.push_back(*request);
    for (const int64_t offset : request->offsets()) {
      if (offset == refused) {
        auto& not_replayed = *response->add_not_replayed();
        not_replayed.set_offset(offset);
        not_replayed.set_reason("NO_SUCH_LETTER");
        not_replayed.set_message("there is no letter " + std::to_string(offset));
        continue;
      }
      auto& replayed = *response->add_replayed();
      replayed.set_offset(offset);
      replayed.set_inbox_topic("carillon.scheduler.inbox.v1");
      replayed.set_before(offset == repeated ? ops::v1::REPLAY_STATE_REPLAYED : ops::v1::REPLAY_STATE_NEVER);
    }
    return grpc::Status::OK;
  }
  grpc::Status answer;
  std::vector<ops::v1::DeadLetter> letters;  // newest first
  std::vector<ops::v1::ReplayDeadLettersRequest> asked;
  int64_t refused = -1;
  int64_t repeated = -1;
};

class CliTest : public ::testing::Test {
 protected:
  CliTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "carillon-cli.XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&strategy_);
    builder.RegisterService(&scheduler_);
    builder.RegisterService(&publisher_);
    builder.RegisterService(&operations_);
    grpc::EnableDefaultHealthCheckService(true);
    server_ = builder.BuildAndStart();
    const std::string address = "127.0.0.1:" + std::to_string(port);
    Json endpoints = {{"tokens_file", File("tokens.json", R"({"operator":"operator-token-1234"})", 0600)}};
    for (const char* name : {"strategy", "scheduler", "publisher", "listener", "analytics"}) {
      endpoints[name] = address;
    }
    ::setenv("CARILLON_ENDPOINTS", File("endpoints.json", endpoints.dump(), 0600).c_str(), 1);
    ::unsetenv("CARILLON_ORG");
  }
  ~CliTest() override {
    server_->Shutdown();
    std::filesystem::remove_all(folder_);
  }

  std::string File(const std::string& name, const std::string& content, mode_t mode = 0644) {
    const std::string path = folder_ / name;
    std::ofstream(path) << content;
    ::chmod(path.c_str(), mode);
    return path;
  }

  int Call(std::vector<std::string> arguments, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out, err;
    const int code = cli::Run(std::move(arguments), in, out, err);
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  std::filesystem::path folder_;
  FakeStrategy strategy_;
  FakeScheduler scheduler_;
  FakePublisher publisher_;
  FakeOperations operations_;
  std::unique_ptr<grpc::Server> server_;
  std::string out_, err_;
};

}  // namespace carillon::cli
