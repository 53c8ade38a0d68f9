// Streaming calls over gRPC's callback API: each step that may block runs on a bounded pool, one at a time for a call. The reactors
// delete themselves when gRPC is done with them.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/rpc/pool.h"
#include "common/rpc/router.h"

namespace carillon::scheduler {

inline Status PoolFull() {
  return Refuse(Code::kResourceExhausted, "QUERY_POOL_FULL",
                "too many streams are being worked on; try again in a moment");
}

// What a client streams up. `take` gets each message, `end` is called after the last one; an error of either ends the call with it.
template <typename Request>
class UploadStream : public grpc::ServerReadReactor<Request> {
 public:
  UploadStream(rpc::Pool& pool, std::function<Status(const Request&)> take,
               std::function<Status()> end)
      : pool_(pool), take_(std::move(take)), end_(std::move(end)) {
    this->StartRead(&request_);
  }
  // Refused at once.
  UploadStream(rpc::Pool& pool, const Status& status) : pool_(pool) {
    this->Finish(rpc::ToGrpc(status));
  }

 private:
  void OnReadDone(bool ok) override {
    if (!pool_.Run([this, ok] { Step(ok); })) this->Finish(rpc::ToGrpc(PoolFull()));
  }
  void Step(bool ok) {
    const Status status = ok ? take_(request_) : end_();
    if (ok && status.ok()) {
      this->StartRead(&request_);
    } else {
      this->Finish(rpc::ToGrpc(status));
    }
  }
  void OnDone() override { delete this; }

  rpc::Pool& pool_;
  std::function<Status(const Request&)> take_;
  std::function<Status()> end_;
  Request request_;
};

// What a client reads. `next` fills one message; false is the end.
template <typename Response>
class DownloadStream : public grpc::ServerWriteReactor<Response> {
 public:
  DownloadStream(rpc::Pool& pool, std::function<Result<bool>(Response*)> next)
      : pool_(pool), next_(std::move(next)) {
    Continue();
  }
  DownloadStream(rpc::Pool& pool, const Status& status) : pool_(pool) {
    this->Finish(rpc::ToGrpc(status));
  }

 private:
  void Continue() {
    if (!pool_.Run([this] { Step(); })) this->Finish(rpc::ToGrpc(PoolFull()));
  }
  void Step() {
    response_.Clear();
    const Result<bool> more = next_(&response_);
    if (more.ok() && *more) {
      this->StartWrite(&response_);
    } else {
      this->Finish(rpc::ToGrpc(more.status()));
    }
  }
  void OnWriteDone(bool ok) override {
    if (ok) {
      Continue();
    } else {
      this->Finish(grpc::Status::CANCELLED);
    }
  }
  void OnDone() override { delete this; }

  rpc::Pool& pool_;
  std::function<Result<bool>(Response*)> next_;
  Response response_;
};

}  // namespace carillon::scheduler
