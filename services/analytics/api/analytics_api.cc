#include "services/analytics/api/analytics_api.h"

#include <malloc.h>

#include "services/analytics/report/csv.h"

namespace carillon::analytics {
namespace {

constexpr size_t kChunkBytes = 256 << 10;
constexpr char kAction[] = "report.get";

// Sends the chunks one after another, then ends. Deletes itself when gRPC is done with it.
class ChunkWriter : public grpc::ServerWriteReactor<v1::RenderReportResponse> {
 public:
  void Send(std::string html, std::string csv) {
    html_ = std::move(html);
    csv_ = std::move(csv);
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
  // One chunk at a time: a report of 100,000 posts has 100 MB.
  void Next() {
    part_.Clear();
    if (at_ < html_.size()) {
      part_.set_html_chunk(html_.substr(at_, kChunkBytes));
    } else if (at_ < html_.size() + csv_.size()) {
      part_.set_csv_chunk(csv_.substr(at_ - html_.size(), kChunkBytes));
    } else {
      return Finish(grpc::Status::OK);
    }
    at_ += part_.html_chunk().size() + part_.csv_chunk().size();
    StartWrite(&part_);
  }

  std::string html_, csv_;
  size_t at_ = 0;
  v1::RenderReportResponse part_;
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
    {
      const auto result = query_.Run(request->report(), deadline);
      if (!result.ok()) return writer->Finish(rpc::ToGrpc(result.status()));
      writer->Send(RenderHtml(result->report, result->names), RenderCsv(result->report));
    }
    // What a large report took is the system's again.
    malloc_trim(0);
  });
  if (!queued) {
    writer->Finish(rpc::ToGrpc(Refuse(Code::kResourceExhausted, "RENDER_POOL_FULL",
                                      "too many reports are being rendered; try again soon")));
  }
  return writer;
}

}  // namespace carillon::analytics
