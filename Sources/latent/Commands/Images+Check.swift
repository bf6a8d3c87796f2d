import ArgumentParser
import Errors
import Foundation
import ImageData
import Images

extension ImagesCommand {
  /// `latent images check`
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Find problems with images before training.",
      discussion: """
        Decodes every file in the folder and its subfolders that is named like an image, or is one by its first bytes; \
        hidden files are left out. Reports files that are broken, truncated, empty, not images, of an unsupported kind, \
        or giant; names with the extension of another format; images that training leaves out because of their \
        names; blank images; sizes, channels and ranges of values unlike the others'; points outside their images; and \
        files with the same pixels or similar images (by a perceptual hash and a thumbnail), also across the split: these \
        are leaks, which make a model seem better than it is. The split is that of the options, else of folders called \
        train, valid and test, else the random split of a training. With --labels, also reports files that the table names \
        but that do not exist, and files that the table does not name.

        The exit code is 1 if something stops a training or leaks, else 0; other findings need not be errors.
        """)

    @OptionGroup var data: ImageDataOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let files = try CheckedFiles(
        data.block(),
        FolderWalk(data.folder), isSplitGiven: data.givenSplitter != nil,
        areLabelsGiven: data.givenLabels != nil || data.noneOfThese)
      let check = ImageCheck(
        files.images, decoder: data.limits.decoder, threadCount: threads.count)
      let meter = ImageMeter("checked", of: files.images.count)
      let report = check.run { meter.show($0) }
      meter.clear()
      let findings = files.findings + report.findings

      var answer = ResultTable([
        "problem", .init("image", fit: .wrapped), .init("other", heading: "like", fit: .wrapped),
        .init("detail", fit: .wrapped),
      ])
      for finding in findings {
        answer.append([
          .text(finding.kind.rawValue), .text(finding.image), .optional(finding.other),
          .text(finding.detail),
        ])
      }
      if !findings.isEmpty || output.format != .table { try answer.write(as: output.format) }
      StandardError.write(Self.summary(report, findings, meter.seconds))
      if report.hasErrors || findings.contains(where: \.kind.isError) { throw ExitCode.failure }
    }

    /// Returns the option that a training needs for samples in this range.
    private static func remedy(_ range: ClosedRange<Float>) -> String {
      SampleStatistics.unit.contains(range.lowerBound)
        && SampleStatistics.unit.contains(range.upperBound)
        ? "" : ", which are trained on with --lighting 0"
    }

    /// Returns the number of images, and the number of findings of each kind, in words.
    private static func summary(
      _ report: ImageCheckReport, _ findings: [ImageFinding], _ seconds: Double
    ) -> String {
      let formats = report.formats.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
      let counts = Dictionary(findings.map { ($0.kind, 1) }, uniquingKeysWith: +)
      let kinds = ImageFinding.Kind.allCases.compactMap { kind in
        counts[kind].map { "\(kind.rawValue) \($0)" }
      }
      return "\(report.decodedCount) of \(report.fileCount) files are images that can be read"
        + (formats.isEmpty ? "" : " (\(formats))") + ", "
        + (kinds.isEmpty ? "no problems found" : kinds.joined(separator: ", "))
        + (report.sampleRange.map {
          "; samples of more than 8 bits from \($0.words)\(Self.remedy($0))"
        } ?? "")
        + (report.partlyComparedCount == 0
          ? ""
          : "; \(report.partlyComparedCount) resemble so many others that they were compared with only some of them")
        + "; \(String(format: "%.1f", seconds)) s\n"
    }
  }
}
