#include "services/cli/upload.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace carillon::cli {
namespace {

constexpr size_t kChunkBytes = 256 << 10;
constexpr double kSlowestBytesPerSecond = 1 << 20;

}  // namespace

Result<publisher::v1::Media> UploadFile(Session& session, const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) {
    return Local(fmt::format("cannot read media file {}: {}", path,
                             error ? error.message() : std::strerror(errno)));
  }
  ASSIGN_OR_RETURN(Scheduler * stub, session.scheduler());
  grpc::ClientContext context;
  RETURN_IF_ERROR(session.Prepare(context, static_cast<double>(size) / kSlowestBytesPerSecond));
  scheduler::v1::UploadMediaResponse response;
  const auto writer = stub->UploadMedia(&context, &response);
  scheduler::v1::UploadMediaRequest part;
  part.set_request_id(session.RequestId());
  bool open = writer->Write(part);
  std::string buffer(kChunkBytes, '\0');
  while (open && file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    if (file.gcount() == 0) break;
    part.set_chunk(buffer.data(), static_cast<size_t>(file.gcount()));
    open = writer->Write(part);
  }
  if (file.bad()) {
    context.TryCancel();
    (void)writer->Finish();
    return Local(fmt::format("cannot read media file {}: {}", path, std::strerror(errno)));
  }
  writer->WritesDone();
  RETURN_IF_ERROR(Annotate(FromGrpc(writer->Finish()), path));
  return response.media();
}

Result<std::vector<publisher::v1::Media>> UploadAll(Session& session,
                                                    const std::vector<std::string>& paths,
                                                    const std::vector<std::string>& alts) {
  if (alts.size() > paths.size()) {
    return Local(fmt::format("{} --alt for {} --media; give each --alt after its --media",
                             alts.size(), paths.size()));
  }
  std::vector<publisher::v1::Media> out;
  for (size_t i = 0; i < paths.size(); ++i) {
    ASSIGN_OR_RETURN(auto media, UploadFile(session, paths[i]));
    if (i < alts.size()) media.set_alt_text(alts[i]);
    out.push_back(std::move(media));
  }
  return out;
}

}  // namespace carillon::cli
