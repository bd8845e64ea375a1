using System.Text;
using Unroll.Formats;

namespace Unroll.Tests.Formats;

/// <summary>Thousands of damaged inputs: each ends in an <see cref="UnrollException"/> of one line or in a value, and costs memory in proportion to its
/// size.</summary>
public sealed class FormatFuzzTests
{
    private const int Inputs = 20_000;
    private const int FixedBytes = 128 * 1024;      // a rented buffer of 64 KiB that the pool had to make anew, an exception with its stack trace

    [Fact]
    public void Damaged_safetensors_files_end_in_an_error_or_a_value_within_bounded_memory()
    {
        byte[] original = SafeTensorsBytes.Of(
            """
            {"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]},
            "c":{"dtype":"BOOL","shape":[2],"data_offsets":[22,24]},"d":{"dtype":"I64","shape":[],"data_offsets":[24,32]}}
            """,
            [.. Enumerable.Range(0, 22).Select(static i => (byte)i), 0, 1, .. new byte[8]]);
        string[] words =
        [
            "\"", "{", "}", "[", "]", ",", ":", "0", "1", "-1", "16", "22", "32", "2147483647", "4294967296", "9223372036854775807", "18446744073709551616",
                "1e9", "F32", "F64", "I8", "U8", "BOOL", "\\ud800", "null",
            "\"a\"", "\"b\"", "dtype", "shape", "data_offsets", "__metadata__", "\"__metadata__\":{\"k\":\"v\"},", "[[[[[[[[", "\u00e9", "\0", "        ",
        ];
        Run(original, words, factor: 20, bytes =>
        {
            using SafeTensorsFile file = SafeTensorsBytes.Open(bytes);
            foreach (SafeTensorInfo tensor in file.Tensors)
            {
                file.ReadSingle(tensor.Name);
                if (tensor.Type is not (SafeTensorType.F16 or SafeTensorType.F32 or SafeTensorType.F64 or SafeTensorType.BF16)) file.ReadInt64(tensor.Name);
                file.ReadDouble(tensor.Name);
            }
        });
    }

    [Fact]
    public void Damaged_recipes_end_in_an_error_or_a_value_within_bounded_memory()
    {
        byte[] original = Encoding.UTF8.GetBytes("""
            # help
            task: forecast
            horizon: 12
            data:
              path: 'a b.csv'
              target: [x, "y\n", z]
              known:
                - p
                - q
            text: |
              two
              lines
            folded: >-
              a
              b
            empty:
            """.ReplaceLineEndings("\n"));
        string[] words =
        [
            ":", ": ", "-", "- ", "? ", "[", "]", "{", "}", ",", "#", "&a ", "*a", "!t ", "!!str ", "|", ">", "'", "\"", "%YAML 9.9\n", "---\n", "...\n", "\n",
                "\n  ", "\t", "@", "`", "\\u0", "\\x", "\u2028", "\ufeff", "\0", "<<: ",
            "task", "data", "[[[[[[[[[[[[", "{{{{{{{{", "- - - - - ", "? ? ? ", "*a : *a", "!<", "&", new string('k', 1100), "\r", "\ud83d\ude00", "\u0085",
        ];
        // The YAML parser builds an event, two marks and several strings for every few characters.
        Run(original, words, factor: 250, bytes =>
        {
            string text = Encoding.UTF8.GetString(bytes);
            RecipeDocument recipe = RecipeDocument.Parse(text, "r.yaml");
            foreach (RecipeEntry entry in recipe.Entries) Assert.InRange(entry.Line, 1, text.Length + 1);
        });
    }

    [Fact]
    public void Damaged_JSON_ends_in_an_error_or_a_value_within_bounded_memory()
    {
        byte[] original = Encoding.UTF8.GetBytes("""
            {
              "task": "forecast",
              "model": { "hidden": 40, "dropout": 0.1, "cells": ["lstm", "gru"] },
              "lags": [1, 2, 12],
              "bidirectional": false,
              "none": null
            }
            """);
        string[] words =
        [
            "\"", "{", "}", "[", "]", ",", ":", "0", "-", "1e999", "1e-999", "99999999999999999999", "true", "null", "\\ud800", "\\u0000", "\"task\"",
                "\"model\"", "\"hidden\"", "/*", "//", "NaN", "\ufeff", "\0",
            string.Concat(Enumerable.Repeat("[", 70)), string.Concat(Enumerable.Repeat("{\"a\":", 70)),
        ];
        Run(original, words, factor: 60, bytes =>
        {
            var root = new JsonFields(JsonFile.Parse(bytes, "c.json"), "c.json");
            root.Text("task");
            JsonFields model = root.Object("model");
            model.Int32("hidden", 1, 1000);
            model.Double("dropout", 0, 1);
            model.Texts("cells");
            root.Int64s("lags");
            root.Boolean("bidirectional");
            root.Has("none");
            model.RejectUnknown();
            root.RejectUnknown();
        });
    }

    private static void Run(byte[] original, string[] words, int factor, Action<byte[]> read)
    {
        read(original);
        var random = new Random(20240229);
        int values = 0, errors = 0;
        for (int i = 0; i < Inputs; i++)
        {
            byte[] bytes = Mutation.Of(original, words, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(bytes);
                values++;
            }
            catch (UnrollException e)
            {
                errors++;
                Assert.DoesNotContain('\n', e.Message);
                Assert.InRange(e.Message.Length, 1, 1000);
            }
            catch (Exception e)
            {
                Assert.Fail($"Input {i} ended in {e.GetType().Name}: {e.Message} {e.StackTrace}\n{Convert.ToBase64String(bytes)}");
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= FixedBytes + (long)factor * bytes.Length,
                $"Input {i} of {bytes.Length} bytes allocated {allocated}.\n{Convert.ToBase64String(bytes)}");
        }
        // Both ends must have been reached, or the damage was too weak or too strong to prove anything.
        Assert.InRange(values, 20, Inputs);
        Assert.InRange(errors, Inputs / 4, Inputs);
    }
}
