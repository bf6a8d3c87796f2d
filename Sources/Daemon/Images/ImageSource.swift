import Errors
import Foundation
import ImageModels
import Images
import LineProtocol
import ModelRegistry
import TensorCore

/// The source of a request's image.
enum ImageSource: Sendable {
  /// The bytes of the image, as they are or in base64.
  case bytes(ArraySlice<UInt8>)
  /// A file beneath the folder of images.
  case path(String)

  /// Returns what `model` answers for the image. Blocks while it reads, decodes and predicts; once the answer is no
  /// longer wanted, it ends before the next of these steps. Throws `BAD_IMAGE`, what ``ImageRoot/read(_:limit:)``
  /// throws, and `DAMAGED_MODEL`.
  func answer(
    of model: ImageModel, _ limits: ServerLimits, while isWanted: () -> Bool
  ) throws(ErrorReply) -> ImageAnswer {
    let bytes = try read(limits)
    guard isWanted() else { throw .unwanted }
    var decoding = ImageLimits()
    (decoding.fileBytes, decoding.pixels) = (limits.imageBytes, limits.imagePixels)
    decoding.memoryBytes = limits.imageMemory / limits.slowThreads
    let decoder = ImageDecoder(limits: decoding)
    let input = model.inputs(named: ["the image"], on: ComputeContext(threadCount: 1)) {
      (_, side) throws(ImageError) in
      try decoder.decode(bytes, name: "the image", minimumSide: side)
    }[0]
    guard isWanted() else { throw .unwanted }
    do throws(ImageError) {
      let input = try input.get()
      do throws(ModelFileError) {
        let answer = try model.answers(for: [input], on: ComputeContext(threadCount: 1))[0]
        if answer.values.allSatisfy(\.isFinite) { return answer }
      } catch {}
    } catch {
      throw ErrorReply(.badImage, "the image \(error.problem)", remedy: error.remedy)
    }
    throw .damagedModel
  }

  private func read(_ limits: ServerLimits) throws(ErrorReply) -> [UInt8] {
    switch self {
    case .path(let path):
      guard let root = limits.imageRoot else { throw .noImageRoot }
      return try root.read(path, limit: limits.imageBytes)
    case .bytes(let given):
      let bytes = Self.decoded(given)
      guard bytes.count <= limits.imageBytes else {
        throw .largeImage(bytes.count, limit: limits.imageBytes)
      }
      return bytes
    }
  }

  /// Decodes `bytes` if they are valid base64, else returns them unchanged. An image's own bytes are never all base64
  /// characters: the first ones of each format include others.
  private static func decoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    let isBase64 = bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"),
        UInt8(ascii: "="):
        true
      default: false
      }
    }
    guard isBase64, let data = Data(base64Encoded: Data(bytes)) else { return Array(bytes) }
    return Array(data)
  }
}

extension ErrorReply {
  /// The output of a model is not a number, or its weights do not fit.
  static let damagedModel = ErrorReply(
    .damagedModel, "the model is damaged, or does not fit into memory",
    remedy: "Verify the file, and go back to an earlier version.")

  /// The error of an answer that nobody waits for, which nobody sees.
  fileprivate static let unwanted = ErrorReply(
    .timedOut, "nobody waits for the answer", remedy: "Try again.")

  /// The server has no folder of images.
  static let noImageRoot = ErrorReply(
    .unsupported, "this server does not accept image paths",
    remedy: "Send the image with IMAGE, or have the server started with an image folder.")
}
