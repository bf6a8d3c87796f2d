import Errors
import Foundation
import Learning
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

@Suite struct CheckpointFileTests {
  private let folder: TemporaryFolder
  private let path: String
  private let identity = ["data": "abc", "epochs": "5"]

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("checkpoint.safetensors")
  }

  private func state() -> SavedState {
    var state = SavedState()
    state.add("model.table", Tensor([3, 2], [1, -2, .nan, .infinity, 0.1, 6] as [Float]))
    state.add("model.steps", Tensor([2], [7, -8] as [Int32]))
    state.add("model.empty", Tensor.zeros([0, 4]))
    state.add("model.number", Tensor([], [Int64.min]))
    state.texts["fit"] = "{\"a\": \"\u{1F600}\\ \n\"}"
    state.texts["epoch"] = "2 of 5"
    return state
  }

  private func file(
    _ identity: CheckpointFile.Identity? = nil, resumes: Bool = true
  ) -> CheckpointFile {
    CheckpointFile(path, of: identity ?? self.identity, resumes: resumes)
  }

  @Test func whatIsSavedComesBack() throws {
    #expect(try file().load() == nil)
    try file().save(state())
    let back = try #require(try file().load())
    let (expected, found) = (state(), back)
    #expect(found.texts == expected.texts)
    #expect(Set(found.entries.map(\.name)) == Set(expected.entries.map(\.name)))
    for entry in expected.entries {
      let tensor = try found.tensor(entry.name, entry.shape, entry.elementType)
      let bytes = try entry.tensor().withBytes { Array($0) }
      #expect(tensor.withBytes { Array($0) } == bytes)
    }
    // The position is readable for people.
    #expect(try SafetensorsFile(path).metadata["epoch"] == "2 of 5")
    #expect(try file(resumes: false).load() == nil)
  }

  @Test func aNewStateReplacesTheOldAsAWhole() throws {
    try file().save(state())
    let old = try #require(try file().load())
    var newer = SavedState()
    newer.texts["fit"] = "newer"
    try file().save(newer)
    #expect(try file().load()?.texts == ["fit": "newer"])
    // A reader of the old file can continue to read it.
    #expect(try old.tensor("model.steps", [2], .int32).elements(of: Int32.self) == [7, -8])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
  }

  @Test(arguments: [
    (
      ["data": "abd", "epochs": "5"],
      "the data have changed since (fingerprints abd now, abc then)"
    ),
    (["data": "abc", "epochs": "6"], "epochs is 6 here and 5 in the checkpoint"),
    (["data": "abc"], "epochs is not set here and 5 in the checkpoint"),
    (["data": "abc", "epochs": "5", "seed": "1"], "seed is 1 here and not set in the checkpoint"),
  ])
  func anotherTrainingsIsRefused(
    _ identity: CheckpointFile.Identity, _ difference: String
  ) throws {
    try file().save(state())
    let error = #expect(throws: TrainingError.self) { try file(identity).load() }
    #expect(error?.code == .badState)
    #expect(error?.problem.contains(difference) == true, "\(error?.problem ?? "")")
  }

  /// Any flipped bit and any truncation is detected.
  @Test func damageIsFound() throws {
    try file().save(state())
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    func load(_ data: Data) throws {
      try FileManager.default.removeItem(atPath: path)
      try data.write(to: URL(fileURLWithPath: path))
      _ = try file().load()
    }
    try load(whole)
    // The padding after the header's JSON is not covered.
    let length = whole.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
    let blanks = whole[8..<(8 + length)].reversed().prefix { $0 == UInt8(ascii: " ") }.count
    for position in whole.indices
    where !((8 + length - blanks)..<(8 + length)).contains(position) {
      var damaged = whole
      damaged[position] ^= 1
      let error = #expect(throws: TrainingError.self, "byte \(position)") { try load(damaged) }
      #expect(error?.code == .badState, "byte \(position): \(error.map { "\($0)" } ?? "")")
    }
    for length in stride(from: 0, to: whole.count, by: 7) {
      let error = #expect(throws: TrainingError.self) { try load(whole.prefix(length)) }
      #expect(error?.code == .badState)
    }
  }

  @Test func otherFilesAreRefused() throws {
    try SafetensorsWriter.write(
      [OutgoingTensor("a", [1, 2] as [Float])], metadata: ["latent": "model"], to: path)
    let foreign = #expect(throws: TrainingError.self) { try file().load() }
    #expect(foreign?.problem.contains("not a training checkpoint") == true)
    try SafetensorsWriter.write([], metadata: ["latent.checkpoint": "3"], to: path)
    let newer = #expect(throws: TrainingError.self) { try file().load() }
    #expect(newer?.problem.contains("format is 3") == true)
  }

  @Test func whereNothingCanBeWrittenItSays() throws {
    let nowhere = CheckpointFile(folder.path("no/such/file"), of: identity, resumes: true)
    let error = #expect(throws: TrainingError.self) { try nowhere.save(state()) }
    #expect(error?.code == .inputOutput)
  }

  @Test func isDueAfterItsIntervalOnly() throws {
    #expect(CheckpointFile(path, of: identity, resumes: true, leastInterval: .zero).isDue())
    #expect(
      !CheckpointFile(path, of: identity, resumes: true, leastInterval: .seconds(3600)).isDue())
    // Saving restarts the interval.
    let interval = Duration.milliseconds(200)
    let file = CheckpointFile(path, of: identity, resumes: true, leastInterval: interval)
    while !file.isDue() {}
    let before = ContinuousClock.now
    try file.save(state())
    let isDue = file.isDue()
    #expect(!isDue || ContinuousClock.now - before >= interval)
  }
}
