// SchedulerService over gRPC: checks at the door, then a command to the owner. Handlers do not block gRPC's threads; what blocks
// runs on the Router's pool, streams on a pool of their own. The directories and the store outlive it.
#pragma once

#include <memory>

#include "carillon/scheduler/v1/scheduler_api.grpc.pb.h"
#include "common/base/clock.h"
#include "common/ledger/reader.h"
#include "common/rpc/pool.h"
#include "common/rpc/router.h"
#include "services/scheduler/api/draft_checker.h"
#include "services/scheduler/api/importer.h"
#include "services/scheduler/ports.h"

namespace carillon::scheduler {

class SchedulerApi final : public v1::SchedulerService::CallbackService {
 public:
  SchedulerApi(rpc::Router& router, ledger::Reader& reader, Directories directories,
               MediaStore& media, const Clock& clock);

  grpc::ServerUnaryReactor* CreatePost(grpc::CallbackServerContext* context,
                                       const v1::CreatePostRequest* request,
                                       v1::CreatePostResponse* response) override;
  grpc::ServerUnaryReactor* GetPost(grpc::CallbackServerContext* context,
                                    const v1::GetPostRequest* request,
                                    v1::GetPostResponse* response) override;
  grpc::ServerUnaryReactor* ListPosts(grpc::CallbackServerContext* context,
                                      const v1::ListPostsRequest* request,
                                      v1::ListPostsResponse* response) override;
  grpc::ServerUnaryReactor* EditPost(grpc::CallbackServerContext* context,
                                     const v1::EditPostRequest* request,
                                     v1::EditPostResponse* response) override;
  grpc::ServerUnaryReactor* ReschedulePost(grpc::CallbackServerContext* context,
                                           const v1::ReschedulePostRequest* request,
                                           v1::ReschedulePostResponse* response) override;
  grpc::ServerUnaryReactor* ApprovePost(grpc::CallbackServerContext* context,
                                        const v1::ApprovePostRequest* request,
                                        v1::ApprovePostResponse* response) override;
  grpc::ServerUnaryReactor* CancelPost(grpc::CallbackServerContext* context,
                                       const v1::CancelPostRequest* request,
                                       v1::CancelPostResponse* response) override;
  grpc::ServerUnaryReactor* DeletePost(grpc::CallbackServerContext* context,
                                       const v1::DeletePostRequest* request,
                                       v1::DeletePostResponse* response) override;
  grpc::ServerReadReactor<v1::ImportCalendarRequest>* ImportCalendar(
      grpc::CallbackServerContext* context, v1::ImportCalendarResponse* response) override;
  grpc::ServerUnaryReactor* GetImport(grpc::CallbackServerContext* context,
                                      const v1::GetImportRequest* request,
                                      v1::GetImportResponse* response) override;
  grpc::ServerUnaryReactor* ApproveImport(grpc::CallbackServerContext* context,
                                          const v1::ApproveImportRequest* request,
                                          v1::ApproveImportResponse* response) override;
  grpc::ServerWriteReactor<v1::ExportCalendarResponse>* ExportCalendar(
      grpc::CallbackServerContext* context, const v1::ExportCalendarRequest* request) override;
  grpc::ServerReadReactor<v1::UploadMediaRequest>* UploadMedia(
      grpc::CallbackServerContext* context, v1::UploadMediaResponse* response) override;
  grpc::ServerUnaryReactor* SetKillSwitch(grpc::CallbackServerContext* context,
                                          const v1::SetKillSwitchRequest* request,
                                          v1::SetKillSwitchResponse* response) override;
  grpc::ServerUnaryReactor* EndKillSwitch(grpc::CallbackServerContext* context,
                                          const v1::EndKillSwitchRequest* request,
                                          v1::EndKillSwitchResponse* response) override;
  grpc::ServerUnaryReactor* ListKillSwitches(grpc::CallbackServerContext* context,
                                             const v1::ListKillSwitchesRequest* request,
                                             v1::ListKillSwitchesResponse* response) override;

 private:
  Status Allow(const grpc::CallbackServerContext& context, const std::string& action,
               const std::string& resource) const;

  rpc::Router& router_;
  ledger::Reader& reader_;
  DraftChecker checker_;
  Importer importer_;
  const Clock& clock_;
  rpc::Pool streams_;
};

}  // namespace carillon::scheduler
