/// A model file that is copied unchanged.
struct CopiedModel: EncodableModel {
  /// The path of the source file.
  let path: String

  func write(to path: String) throws(ModelFileError) -> FileDigest {
    let sink = try FileSink(path)
    try MappedFile(self.path).withBytes { bytes throws(ModelFileError) in try sink.append(bytes) }
    return try sink.finish()
  }
}
