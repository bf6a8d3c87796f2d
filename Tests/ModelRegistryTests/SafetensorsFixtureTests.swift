import Errors
import Foundation
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// The files in `fixtures/models`, whose names state the expected results.
struct SafetensorsFixtureTests {
  static let names: [String] = {
    let folder = ProjectFolder.fixture("models")
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return all.filter { $0.hasSuffix(".safetensors") }.sorted()
  }()

  @Test func thereAreFixtures() { #expect(Self.names.count > 50) }

  @Test(arguments: names)
  func eachFileComesToWhatItsNameSays(_ name: String) throws {
    let path = ProjectFolder.fixture("models/" + name)
    let expected = String(name.prefix { $0 != "-" })
    let outcome = Result { () throws(ModelFileError) in try SafetensorsFile(path) }
    switch outcome {
    case .success(let file):
      #expect(expected == "good", "\(name) opened with \(file.tensorNames)")
    case .failure(let error):
      #expect(error.code.rawValue == expected, "\(error)")
      #expect(error.place == path)
      #expect(!error.problem.isEmpty && error.problem.count <= 300 && !error.remedy.isEmpty)
      #expect(!error.description.unicodeScalars.contains { $0.value < 0x20 })
    }
  }

  @Test func goodFilesHoldWhatWasPutIn() throws {
    let file = try SafetensorsFile(
      ProjectFolder.fixture("models/good-two-tensors.safetensors"))
    #expect(file.tensorNames == ["a", "b"])
    #expect(file.metadata["quote\"d"] == "ä😀\n")
    #expect(file.tensor(named: "a")?.shape == [2, 2])
    #expect(file.tensor(named: "a")?.elementType == .float32)
    #expect(try file.tensor(named: "b")?.copy(as: UInt8.self) == Array(16..<24))
    #expect(file.tensor(named: "c") == nil)

    let shapes = try SafetensorsFile(
      ProjectFolder.fixture("models/good-scalar-and-empty.safetensors"))
    #expect(shapes.tensor(named: "s")?.shape == [])
    #expect(try shapes.tensor(named: "s")?.copy(as: Int64.self) == [0x0706_0504_0302_0100])
    #expect(try shapes.tensor(named: "e")?.copy(as: Float.self) == [])

    let escapes = try SafetensorsFile(ProjectFolder.fixture("models/good-escapes.safetensors"))
    #expect(escapes.tensorNames == ["aé😀/\u{8}\u{C}\t"])
  }

  @Test func aFileOfPythonsPackageOpens() throws {
    let file = try SafetensorsFile(ProjectFolder.fixture("models/good-by-python.safetensors"))
    #expect(file.metadata == ["made by": "Python"])
    #expect(try file.tensor(named: "matrix")?.copy(as: Float.self)[5] == 1.25)
    #expect(file.tensor(named: "matrix")?.shape == [2, 3])
    #expect(try file.tensor(named: "ids")?.copy(as: Int64.self) == [-1, 1 << 62])
    #expect(try file.tensor(named: "small")?.copy(as: UInt8.self) == [1, 2, 255])
    #expect(file.tensor(named: "nothing")?.shape == [0, 4])
  }
}
