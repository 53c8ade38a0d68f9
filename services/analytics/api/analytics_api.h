// The gRPC face of analytics: reads only. Handlers never block gRPC's threads: unary ones use the router's pool, rendering a small
// pool of its own with a bounded queue (full: RESOURCE_EXHAUSTED, RENDER_POOL_FULL).
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <thread>
#include <vector>

#include "carillon/analytics/v1/analytics_api.grpc.pb.h"
#include "common/base/bounded_queue.h"
#include "common/rpc/router.h"
#include "services/analytics/api/report_query.h"

namespace carillon::analytics {

class AnalyticsApi : public v1::AnalyticsService::CallbackService {
 public:
  // Both outlive it.
  AnalyticsApi(rpc::Router& router, ReportQuery& query);
  // Waits for what is being rendered.
  ~AnalyticsApi() override;

  grpc::ServerUnaryReactor* GetReport(grpc::CallbackServerContext* context,
                                      const v1::GetReportRequest* request,
                                      v1::GetReportResponse* response) override;
  grpc::ServerWriteReactor<v1::RenderReportResponse>* RenderReport(
      grpc::CallbackServerContext* context, const v1::RenderReportRequest* request) override;

 private:
  static constexpr size_t kRendersQueuedMax = 16;

  rpc::Router& router_;
  ReportQuery& query_;
  BoundedQueue<std::function<void()>> renders_{kRendersQueuedMax};
  std::thread renderer_;
};

}  // namespace carillon::analytics
