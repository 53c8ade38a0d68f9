#include "services/analytics/api/analytics_api.h"

#include "services/analytics/report/csv.h"

namespace carillon::analytics {
namespace {

constexpr size_t kChunkBytes = 256 << 10;
constexpr char kAction[] = "report.get";

// Sends the chunks one after another, then ends. Deletes itself when gRPC is done with it.
class ChunkWriter : public grpc::ServerWriteReactor<v1::RenderReportResponse> {
 public:
  void Send(const std::string& html, const std::string& csv) {
    Split(html, &v1::RenderReportResponse::set_html_chunk);
    Split(csv, &v1::RenderReportResponse::set_csv_chunk);
    Next();
  }
  void OnWriteDone(bool ok) override {
    if (ok) {
      Next();
    } else {
      Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the caller is gone"));
    }
  }
  void OnDone() override { delete this; }

 private:
  using Setter = void (v1::RenderReportResponse::*)(std::string&&);

  void Split(const std::string& text, Setter set) {
    for (size_t at = 0; at < text.size(); at += kChunkBytes) {
      (parts_.emplace_back().*set)(text.substr(at, kChunkBytes));
    }
  }
  void Next() {
    if (next_ < parts_.size()) {
      StartWrite(&parts_[next_++]);
    } else {
      Finish(grpc::Status::OK);
    }
  }

  std::vector<v1::RenderReportResponse> parts_;
  size_t next_ = 0;
};

}  // namespace

AnalyticsApi::AnalyticsApi(rpc::Router& router, ReportQuery& query)
    : router_(router), query_(query), renderer_([this] {
        while (auto render = renders_.Pop()) (*render)();
      }) {}

AnalyticsApi::~AnalyticsApi() {
  renders_.Close();
  renderer_.join();
}

grpc::ServerUnaryReactor* AnalyticsApi::GetReport(grpc::CallbackServerContext* context,
                                                  const v1::GetReportRequest* request,
                                                  v1::GetReportResponse* response) {
  return router_.Blocking(context, request, response, [this, request, response](rpc::Call& call) {
    if (const Status allowed = call.Authorize(kAction, request->brand_id()); !allowed.ok()) {
      return call.Finish(allowed);
    }
    auto result = query_.Run(*request, call.deadline());
    if (result.ok()) *response->mutable_report() = std::move(result->report);
    call.Finish(result.status());
  });
}

grpc::ServerWriteReactor<v1::RenderReportResponse>* AnalyticsApi::RenderReport(
    grpc::CallbackServerContext* context, const v1::RenderReportRequest* request) {
  auto* writer = new ChunkWriter;
  const auto principal = router_.Authenticate(*context);
  const Status allowed =
      principal.ok() ? router_.Authorize(*principal, kAction, request->report().brand_id())
                     : principal.status();
  if (!allowed.ok()) {
    writer->Finish(rpc::ToGrpc(allowed));
    return writer;
  }
  // gRPC keeps the request until the writer is done.
  const absl::Time deadline = absl::FromChrono(context->deadline());
  const bool queued = renders_.Push([this, writer, request, deadline] {
    const auto result = query_.Run(request->report(), deadline);
    if (!result.ok()) return writer->Finish(rpc::ToGrpc(result.status()));
    writer->Send(RenderHtml(result->report, result->names), RenderCsv(result->report));
  });
  if (!queued) {
    writer->Finish(rpc::ToGrpc(Refuse(Code::kResourceExhausted, "RENDER_POOL_FULL",
                                      "too many reports are being rendered; try again soon")));
  }
  return writer;
}

}  // namespace carillon::analytics
