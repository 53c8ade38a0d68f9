// Videos, as the video service keeps them.
#include "services/sandbox/bluesky/errors.h"
#include "services/sandbox/bluesky/state.h"

namespace carillon::sandbox::bluesky {

Status State::FinishVideos() {
  while (!unfinished_.empty()) {
    VideoJob& job = videos_.at(unfinished_.front());
    if (job.ready_at > Now()) break;
    RETURN_IF_ERROR(AddBlob(Find(job.did), job.cid, "video/mp4", job.content));
    job.content.reset();
    unfinished_bytes_ -= job.bytes;
    unfinished_.pop_front();
  }
  return Ok();
}

Result<const VideoJob*> State::AddVideo(Actor* actor, const std::string& cid,
                                        absl::Duration processing,
                                        std::shared_ptr<const std::string> content) {
  RETURN_IF_ERROR(FinishVideos());
  const auto bytes = static_cast<int64_t>(content->size());
  // One that is larger than all of the room is let in alone.
  const bool has_room = unfinished_.empty() || unfinished_bytes_ + bytes <= limits_.blob_bytes_max;
  if (videos_.size() >= limits_.video_jobs_max || !has_room) return Full();
  VideoJob job;
  job.id = NextTid();
  job.did = actor->did;
  job.cid = cid;
  job.bytes = bytes;
  job.created_at = Now();
  job.ready_at = job.created_at + processing;
  job.content = std::move(content);
  unfinished_.push_back(job.id);
  unfinished_bytes_ += bytes;
  const std::string id = job.id;
  const VideoJob* kept = &videos_.emplace(id, std::move(job)).first->second;
  RETURN_IF_ERROR(FinishVideos());
  return kept;
}

const VideoJob* State::FindVideo(const std::string& job) {
  const auto found = videos_.find(job);
  if (found == videos_.end() || !FinishVideos().ok()) return nullptr;
  return &found->second;
}

const VideoJob* State::FindVideo(const std::string& did, const std::string& cid) const {
  for (const auto& [id, job] : videos_) {
    if (job.did == did && job.cid == cid) return &job;
  }
  return nullptr;
}

State::VideosOfADay State::VideosSince(const std::string& did, absl::Time since) const {
  VideosOfADay out;
  for (const auto& [id, job] : videos_) {
    if (job.did != did || job.created_at < since) continue;
    ++out.videos;
    out.bytes += job.bytes;
  }
  return out;
}

}  // namespace carillon::sandbox::bluesky
