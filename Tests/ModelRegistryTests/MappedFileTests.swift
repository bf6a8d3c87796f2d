import Errors
import Foundation
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// What a path may refer to, and the cost of opening it.
struct MappedFileTests {
  func code(opening path: String) -> ModelFileErrorCode? {
    do throws(ModelFileError) {
      _ = try SafetensorsFile(path)
      return nil
    } catch {
      return error.code
    }
  }

  @Test func whatIsNoFileIsRefused() throws {
    let folder = try TemporaryFolder()
    #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
    #expect(code(opening: folder.path("pipe")) == .notAFile)  // and does not block
    #expect(code(opening: folder.path) == .notAFile)
    #expect(code(opening: "/dev/zero") == .notAFile)
    #expect(code(opening: folder.path("nothing")) == .missing)
    #expect(code(opening: folder.path("nothing/below")) == .missing)
    #expect(code(opening: "") == .missing)
    #expect(code(opening: try folder.write([], to: "empty")) == .truncated)
    #expect(symlink("loop", folder.path("loop")) == 0)
    #expect(code(opening: folder.path("loop")) == .inputOutput)
  }

  @Test(.enabled(if: geteuid() != 0, "permissions do not bind the superuser"))
  func deniedAccessIsNamed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("secret", to: "file")
    #expect(chmod(path, 0) == 0)
    #expect(code(opening: path) == .permissionDenied)
  }

  @Test func openingReadsTheHeaderAndNotTheTensors() throws {
    // A tensor of 4 GB that takes no space on disk. Reading it would fault in all pages: 16 at a time, still a quarter
    // of a million.
    let folder = try TemporaryFolder()
    let count = 1 << 30
    let header = #"{"t":{"dtype":"F32","shape":[\#(count)],"data_offsets":[0,\#(4 * count)]}}"#
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    let path = try folder.write(length + Array(header.utf8), to: "sparse")
    #expect(truncate(path, off_t(8 + header.utf8.count + 4 * count)) == 0)
    let before = PageFaults.count
    let file = try SafetensorsFile(path)
    #expect(PageFaults.count - before < 64)
    #expect(file.tensor(named: "t")?.shape == [count])
  }

  @Test func aMappingOutlivesItsFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("model")
    let numbers = (0..<5000).map { Float($0) }
    try SafetensorsWriter.write([OutgoingTensor("t", numbers)], metadata: [:], to: path)
    let column = try #require(try SafetensorsFile(path).tensor(named: "t"))
      .mappedElements(of: Float.self)
    try SafetensorsWriter.write([OutgoingTensor("t", [Float(7)])], metadata: [:], to: path)
    #expect(unlink(path) == 0)
    withExtendedLifetime(column.file) { #expect(Array(column.elements) == numbers) }
  }
}
