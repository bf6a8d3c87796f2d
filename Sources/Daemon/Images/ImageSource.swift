import Errors
import Foundation
import ImageModels
import Images
import LineProtocol
import ModelRegistry
import TensorCore

/// Where the image of a request comes from.
enum ImageSource: Sendable {
  /// Its bytes, as they are or in base64.
  case bytes(ArraySlice<UInt8>)
  /// A file beneath the folder that clients may name images in.
  case path(String)

  /// What `model` answers for the image. Blocks for as long as reading, decoding and predicting take; once it is not wanted any
  /// more it ends before the next of these. Throws `BAD_IMAGE`, what ``ImageRoot/read(_:limit:)`` throws, and `DAMAGED_MODEL`.
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

  /// What `bytes` are in base64, if they may be; else themselves. No image's own bytes are those of base64 alone: each format's first ones hold others.
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
  /// What a model says is no number, or its weights do not fit.
  static let damagedModel = ErrorReply(
    .damagedModel, "the model is damaged, or does not fit into memory",
    remedy: "Verify the file, and go back to an earlier version.")

  /// Nobody waits for the answer, or sees this.
  fileprivate static let unwanted = ErrorReply(
    .timedOut, "nobody waits for the answer", remedy: "Ask again.")

  /// No folder of images was named.
  static let noImageRoot = ErrorReply(
    .unsupported, "this server takes no paths of images",
    remedy: "Send the image with IMAGE, or have the server started with --image-root.")
}
